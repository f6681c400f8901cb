using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>What a create does if an active batch of the account has the code (specification, section 8.1).</summary>
internal enum ConflictAction
{
    /// <summary>It fails.</summary>
    Error,

    /// <summary>It gives the batch the values that are passed.</summary>
    Update,

    /// <summary>It leaves the batch alone.</summary>
    Skip,
}

/// <summary>The batches to create, or to update if their codes are taken.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Policy">The policy of the caller's key.</param>
/// <param name="Patches">The passed values, each with a code.</param>
/// <param name="Batches">The batches to create of them, in the same order and including the fields that the server sets.</param>
/// <param name="OnConflict">What to do if a code is taken.</param>
internal sealed record UpsertTarget(
    int AccountId, Condition Policy, IReadOnlyList<BatchPatch> Patches, IReadOnlyList<Batch> Batches, ConflictAction OnConflict);

/// <summary>Creates batches or updates those that have their codes, all or none.</summary>
internal sealed class UpsertWriter(BatchFilterSqlCache filters, ListOptions limits, WriteRunner runner, TimeProvider clock)
{
    /// <param name="target">The batches.</param>
    /// <param name="actor">Who writes them.</param>
    /// <param name="changeId">The id of the bulk change; null for one batch.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the write.</param>
    /// <returns>The batches in the order of the target, whether they were changed or not.</returns>
    public async Task<WriteResult> UpsertAsync(
        UpsertTarget target, Actor actor, string? changeId, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var permitted = filters.GetPermitted(target.Policy);
        for (var tries = 1; ; tries++)
        {
            var result = await runner.RunAsync(target.AccountId, inTransaction: true, claim, UpsertAsync, cancellation);

            // Another write took a code meanwhile: the next try finds its batch.
            if (result.Outcome != WriteOutcome.CodeTaken || result.TakenCodes.Count > 0 || tries == WriteRunner.MaxCodeTries)
                return result;
        }

        async Task<WriteResult> UpsertAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            if (target.Batches.Count > 1)
            {
                await using var command = connection.Command(BulkSql.TurnOffNestedLoops);
                await command.ExecuteNonQueryAsync(cancellation);
            }
            var codes = target.Batches.Select(batch => batch.BatchCode).ToArray();
            var found = await BatchWriter.ExecuteAsync(
                connection, UpsertSql.Lock(target.AccountId, codes, permitted), cancellation, limits.MaxPageBytes);
            if (found.Outcome == WriteOutcome.ResponseTooLarge)
                return found;
            if (found.Outcome == WriteOutcome.OutsidePolicy)
            {
                return new WriteResult(WriteOutcome.CodeTaken)
                {
                    TakenCodes = found.Batches.ToDictionary(batch => batch.BatchCode, string? (_) => null, StringComparer.Ordinal),
                };
            }
            var existing = found.Batches.ToDictionary(batch => batch.BatchCode, StringComparer.Ordinal);
            var isNew = target.Batches.Select(batch => !existing.ContainsKey(batch.BatchCode)).ToList();
            var incomplete = Enumerable.Range(0, isNew.Count)
                .Where(i => isNew[i] && !target.Patches[i].Passed.Contains(BatchFields.BatchType))
                .ToList();
            if (incomplete.Count > 0)
                return new WriteResult(WriteOutcome.Incomplete) { RejectedIndexes = incomplete };

            var created = target.Batches.Where((_, i) => isNew[i]).ToList();
            var creation = created.Count == 0
                ? new WriteResult(WriteOutcome.Done)
                : await BatchWriter.ExecuteAsync(
                    connection, BatchSql.Create(created, actor, changeId, permitted), cancellation);
            var update = target.OnConflict == ConflictAction.Update
                ? await UpdateAsync(connection, existing, cancellation)
                : new WriteResult(WriteOutcome.Done);
            if (creation.Outcome != WriteOutcome.Done || update.Outcome != WriteOutcome.Done)
                return Reject([creation, update]);

            var written = existing.Values.Concat(creation.Batches).Concat(update.Batches)
                .GroupBy(batch => batch.BatchCode, StringComparer.Ordinal)
                .ToDictionary(versions => versions.Key, versions => versions.MaxBy(batch => batch.Version)!, StringComparer.Ordinal);
            var batches = codes.Select(code => written[code]).ToList();
            return batches.Sum(BatchJson.GetLength) > limits.MaxPageBytes
                ? new WriteResult(WriteOutcome.ResponseTooLarge)
                : new WriteResult(WriteOutcome.Done, batches)
                {
                    Bulk = new BulkResult(batches.Count, update.Batches.Count, []) { ChangeId = changeId, Created = created.Count },
                    TransactionId = update.TransactionId ?? creation.TransactionId,
                };
        }

        async Task<WriteResult> UpdateAsync(
            NpgsqlConnection connection, Dictionary<string, Batch> existing, CancellationToken cancellation)
        {
            var patches = target.Patches.Where(patch => existing.ContainsKey(patch.Values.BatchCode)).ToList();
            var fields = BatchFields.Writable
                .Where(field => field != BatchFields.BatchCode && patches.Exists(patch => patch.Passed.Contains(field)))
                .ToList();
            if (fields.Count == 0)
                return new WriteResult(WriteOutcome.Done);
            var ids = patches.Select(patch => existing[patch.Values.BatchCode].Id).ToArray();
            var statement = UpsertSql.Update(
                target.AccountId, ids, patches, fields, actor, changeId, clock.GetUtcNowMicroseconds(), permitted);
            var result = await BatchWriter.ExecuteAsync(connection, statement, cancellation);
            return result.Outcome == WriteOutcome.NotFound ? new WriteResult(WriteOutcome.Done) : result;
        }

        WriteResult Reject(IEnumerable<WriteResult> results)
        {
            var codes = results.Where(result => result.Outcome == WriteOutcome.OutsidePolicy)
                .SelectMany(result => result.Batches)
                .Select(batch => batch.BatchCode)
                .ToHashSet(StringComparer.Ordinal);
            var indexes = target.Batches.Index().Where(batch => codes.Contains(batch.Item.BatchCode)).Select(batch => batch.Index);
            return new WriteResult(WriteOutcome.OutsidePolicy) { RejectedIndexes = [.. indexes] };
        }
    }
}

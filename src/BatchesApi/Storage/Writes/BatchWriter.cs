using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Replicas;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Writes batches, each write with one statement.</summary>
internal sealed class BatchWriter(
    BatchFilterSqlCache filters,
    DatabaseConnections connections,
    IdempotencyStore idempotency,
    ReplicaSet replicas,
    TimeProvider clock)
{
    /// <summary>Creates batches of one account, all or none.</summary>
    /// <param name="policy">The policy of the caller's key.</param>
    /// <param name="batches">The batches, including the fields that the server sets, with ascending ids.</param>
    /// <param name="actor">Who creates them.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the write.</param>
    public async Task<WriteResult> CreateAsync(
        Condition policy, IReadOnlyList<Batch> batches, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var permitted = GetPermitted(policy);
        var result = await RunAsync(
            batches[0].AccountId, BatchSql.Create(batches, actor, permitted), checksPolicy: permitted is not null, claim, cancellation);
        return result.Outcome switch
        {
            WriteOutcome.CodeTaken => result with
            {
                TakenCodes = await FindTakenCodesAsync(
                    batches[0].AccountId, policy, [.. batches.Select(batch => batch.BatchCode)], cancellation),
            },
            WriteOutcome.OutsidePolicy => result with { RejectedIndexes = GetIndexes([.. result.Batches.Select(rejected => rejected.Id)]) },
            _ => result,
        };

        IReadOnlyList<int> GetIndexes(HashSet<string> ids) =>
            [.. batches.Index().Where(batch => ids.Contains(batch.Item.Id)).Select(batch => batch.Index)];
    }

    /// <summary>Gives fields of an active batch new values. Version and time of change only change if a value does.</summary>
    public Task<WriteResult> UpdateAsync(BatchTarget target, Batch values, FieldSet fields, Actor actor, CancellationToken cancellation) =>
        ChangeAsync(target, new BatchUpdate(BatchChange.Update, values, fields), actor, claim: null, cancellation);

    /// <summary>Deletes an active batch; it can be restored.</summary>
    public Task<WriteResult> DeleteAsync(BatchTarget target, Actor actor, CancellationToken cancellation) =>
        ChangeAsync(target, new BatchUpdate { Action = BatchChange.Delete }, actor, claim: null, cancellation);

    /// <summary>Restores a deleted batch.</summary>
    public Task<WriteResult> RestoreAsync(BatchTarget target, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation) =>
        ChangeAsync(target, new BatchUpdate { Action = BatchChange.Restore }, actor, claim, cancellation);

    private async Task<WriteResult> ChangeAsync(
        BatchTarget target, BatchUpdate change, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var visible = filters.Get(target.AccountId, deleted: change.Action == BatchChange.Restore, target.Policy);
        var permitted = GetPermitted(target.Policy);
        var result = await RunAsync(
            target.AccountId,
            BatchSql.Change(target, change, actor, clock.GetUtcNowMicroseconds(), visible, permitted),
            checksPolicy: permitted is not null,
            claim,
            cancellation);
        return result.Outcome switch
        {
            WriteOutcome.VersionDiffers when !target.HidesChanges =>
                result with { Changed = await FindChangedFieldsAsync(target, result.Version!.Value, cancellation) },
            WriteOutcome.CodeTaken => result with
            {
                TakenCodes = await ReadTakenCodesAsync(
                    target.AccountId,
                    change.Action == BatchChange.Restore
                        ? BatchSql.SelectCode(visible, target.Id)
                        : (Sql)$"{(string[])[change.Values.BatchCode]}",
                    permitted,
                    cancellation),
            },
            _ => result,
        };
    }

    /// <summary>Finds those of some codes that active batches have.</summary>
    /// <returns>The ids of the batches by code; null instead of the id of a batch that the policy hides.</returns>
    public Task<IReadOnlyDictionary<string, string?>> FindTakenCodesAsync(
        int accountId, Condition policy, string[] codes, CancellationToken cancellation) =>
        ReadTakenCodesAsync(accountId, $"{codes}", GetPermitted(policy), cancellation);

    /// <summary>The query over the CTE <c>candidates</c> for the batches that a policy permits; null if there is no policy.</summary>
    private Sql? GetPermitted(Condition policy) => policy == Condition.Always ? null : filters.GetForCandidates(policy);

    private async Task<WriteResult> RunAsync(
        int accountId, Sql statement, bool checksPolicy, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        try
        {
            return await RunOnceAsync(accountId, statement, checksPolicy, claim, cancellation);
        }
        catch (PostgresException exception) when (HistoryPartitions.IsPartitionConflict(exception))
        {
            return await RunOnceAsync(accountId, statement, checksPolicy, claim, cancellation);
        }
    }

    private async Task<WriteResult> RunOnceAsync(
        int accountId, Sql statement, bool checksPolicy, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var start = clock.GetTimestamp();
        using var turn = claim is null ? null : await idempotency.WaitForTurnAsync(claim, cancellation);
        if (claim is not null && turn is null)
            return new WriteResult(WriteOutcome.KeyInFlight);
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        var connection = lease.Connection;
        var replication = new ReplicationWatch(connection);

        // A violation of the policy is found after the write, which is then rolled back. A key and its write are committed together.
        await using var transaction = checksPolicy || claim is not null ? await connection.BeginTransactionAsync(cancellation) : null;
        if (claim is not null
            && await idempotency.ClaimAsync(
                connection, claim, IdempotencyClaim.MaxWait - clock.GetElapsedTime(start), cancellation) is { } claimed)
        {
            // The first response may have been that the write is not confirmed. A commit waits until the standby has everything that was
            // committed before.
            if (claimed.Outcome == WriteOutcome.Replayed)
            {
                var transactionId = await IdempotencyStore.LockAsync(connection, claim, cancellation);
                await transaction!.CommitAsync(cancellation);
                await replicas.RecordWriteAsync(accountId, transactionId);
                replication.ThrowIfUnconfirmed();
            }
            return claimed;
        }
        var isKnown = false;
        try
        {
            var result = await ExecuteAsync(connection, statement, cancellation);
            if (result.Outcome != WriteOutcome.Done)
            {
                isKnown = true;
                return result;
            }
            if (claim is not null)
            {
                result = result with { StoredResponse = claim.CreateResponse(result.Batches) };
                await IdempotencyStore.SaveResponseAsync(connection, claim, result.StoredResponse, cancellation);
            }
            if (transaction is not null)
                await transaction.CommitAsync(cancellation);

            // An unconfirmed write is committed, too.
            await replicas.RecordWriteAsync(accountId, result.TransactionId);
            isKnown = true;
            replication.ThrowIfUnconfirmed();
            return result;
        }
        catch (PostgresException exception) when (exception.IsUniqueViolation("batches"))
        {
            isKnown = true;
            return new WriteResult(WriteOutcome.CodeTaken);
        }
        finally
        {
            if (!isKnown)
                replicas.RecordUnknownWrite(accountId);
        }
    }

    private static async Task<WriteResult> ExecuteAsync(NpgsqlConnection connection, Sql statement, CancellationToken cancellation)
    {
        await using var command = connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (batches, rejected) = (new List<Batch>(), new List<Batch>());
        ulong? transactionId = null;
        while (await row.ReadAsync(cancellation))
        {
            if (await row.IsDBNullAsync(1, cancellation))
                return new WriteResult(WriteOutcome.VersionDiffers) { Version = row.GetInt32(0) };
            var batch = BatchRowReader.Read(row, BatchFields.All, first: 1);
            batches.Add(batch);
            if (!row.GetBoolean(BatchFields.All.Count + 1))
                rejected.Add(batch);
            transactionId ??= await row.GetFieldValueAsync<ulong?>(BatchFields.All.Count + 2, cancellation);
        }
        if (rejected.Count > 0)
            return new WriteResult(WriteOutcome.OutsidePolicy, rejected);
        batches.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
        return batches.Count == 0
            ? new WriteResult(WriteOutcome.NotFound)
            : new WriteResult(WriteOutcome.Done, batches) { TransactionId = transactionId };
    }

    private async Task<IReadOnlyDictionary<string, string?>> ReadTakenCodesAsync(
        int accountId, Sql codes, Sql? permitted, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        await using var command = lease.Connection.Command(BatchSql.FindTakenCodes(accountId, codes, permitted));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var taken = new Dictionary<string, string?>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            taken.Add(row.GetString(0), row.GetBoolean(2) ? row.GetString(1) : null);
        return taken;
    }

    /// <summary>Finds the fields in which the batch differs from the newest of the expected versions that it had.</summary>
    private async Task<IReadOnlyList<string>> FindChangedFieldsAsync(BatchTarget target, int version, CancellationToken cancellation)
    {
        var since = target.Versions!.Where(expected => expected < version).DefaultIfEmpty(version).Max();
        var changed = await ReadTextsAsync(target.AccountId, BatchSql.FindChangedFields(target.AccountId, target.Id, since), cancellation);
        return [.. BatchFields.All.Select(field => field.Name).Where(changed.Contains)];
    }

    private async Task<HashSet<string>> ReadTextsAsync(int accountId, Sql statement, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        await using var command = lease.Connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var texts = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            texts.Add(row.GetString(0));
        return texts;
    }
}

using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Writes batches, each write with one statement.</summary>
internal sealed class BatchWriter(
    BatchFilterSqlCache filters, DatabaseConnections connections, WriteRunner runner, SeenByReader seenBy, TimeProvider clock)
{
    /// <summary>Creates batches of one account, all or none.</summary>
    /// <param name="policy">The policy of the caller's key.</param>
    /// <param name="batches">The batches, including the fields that the server sets, with ascending ids.</param>
    /// <param name="actor">Who creates them.</param>
    /// <param name="changeId">The id of the bulk change; null for a single batch.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the write.</param>
    public async Task<WriteResult> CreateAsync(
        Condition policy,
        IReadOnlyList<Batch> batches,
        Actor actor,
        string? changeId,
        IdempotencyClaim? claim,
        CancellationToken cancellation)
    {
        var permitted = filters.GetPermitted(policy);
        var statement = BatchSql.Create(batches, actor, changeId, permitted);

        // A violation of the policy is found after the write, which is then rolled back.
        var result = await runner.RunAsync(
            batches[0].AccountId,
            inTransaction: permitted is not null,
            claim,
            (connection, token) => ExecuteAsync(connection, statement, token),
            cancellation);
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

    /// <summary>Removes a deleted batch and its history for good.</summary>
    /// <param name="target">The batch.</param>
    /// <param name="actor">Who removes it.</param>
    /// <param name="policies">The policies of the account's credentials.</param>
    /// <param name="cancellation">Cancels the write.</param>
    public async Task<WriteResult> RemoveAsync(
        BatchTarget target, Actor actor, IReadOnlyList<PolicyView> policies, CancellationToken cancellation)
    {
        var visible = filters.Get(target.AccountId, deleted: true, target.Policy);
        var result = await runner.RunAsync(
            target.AccountId,
            inTransaction: true,
            claim: null,
            async (connection, token) =>
            {
                await using var locks = connection.CreateBatch();
                locks.Add(HistoryPartitions.KeepInPlace);
                locks.Add(RemovalSql.Lock(target.AccountId, target.Id));
                await locks.ExecuteNonQueryAsync(token);
                var seen = await seenBy.FindAsync(connection, target.AccountId, [target.Id], policies, token);
                var statement = RemovalSql.Remove(target, actor, clock.GetUtcNowMicroseconds(), visible, RemovalSql.SeenBy(seen));
                return await ExecuteAsync(connection, statement, token);
            },
            cancellation);
        return result.Outcome == WriteOutcome.VersionDiffers && !target.HidesChanges
            ? result with { Changed = await FindChangedFieldsAsync(target, result.Version!.Value, cancellation) }
            : result;
    }

    /// <summary>Changes, deletes or restores a batch. Version and time of change only change if something does.</summary>
    /// <param name="target">The batch: a deleted one for a restore, otherwise an active one.</param>
    /// <param name="change">The change.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the write.</param>
    public async Task<WriteResult> ChangeAsync(
        BatchTarget target, BatchUpdate change, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var visible = filters.Get(target.AccountId, deleted: change.Action == BatchChange.Restore, target.Policy);
        var permitted = filters.GetPermitted(target.Policy);
        var statement = BatchSql.Change(target, change, actor, clock.GetUtcNowMicroseconds(), visible, permitted);
        var result = await runner.RunAsync(
            target.AccountId,
            inTransaction: permitted is not null || change.ListChanges.Count > 0,
            claim,
            async (connection, token) =>
            {
                var result = await ExecuteAsync(connection, statement, token);
                return result.Outcome == WriteOutcome.Done && change.FindTooLongLists(result.Batches[0]) is { Count: > 0 } tooLong
                    ? new WriteResult(WriteOutcome.ListTooLong) { TooLongLists = tooLong }
                    : result;
            },
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
        ReadTakenCodesAsync(accountId, $"{codes}", filters.GetPermitted(policy), cancellation);

    /// <summary>Runs a statement of <see cref="BatchSql"/> that returns the written batches.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="cancellation">Cancels the statement.</param>
    /// <param name="maxBytes">Maximum size in bytes of the JSON of the batches, if it may exceed that of the request.</param>
    public static async Task<WriteResult> ExecuteAsync(
        NpgsqlConnection connection, Sql statement, CancellationToken cancellation, long maxBytes = long.MaxValue)
    {
        await using var command = connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (batches, rejected) = (new List<Batch>(), new List<Batch>());
        ulong? transactionId = null;
        while (await row.ReadAsync(cancellation))
        {
            if (await row.IsDBNullAsync(1, cancellation))
            {
                return row.GetBoolean(BatchFields.All.Count + 3)
                    ? new WriteResult(WriteOutcome.VersionDiffers) { Version = row.GetInt32(0) }
                    : new WriteResult(WriteOutcome.LeaseLost);
            }
            var batch = BatchRowReader.Read(row, BatchFields.All, first: 1);
            batches.Add(batch);
            maxBytes -= BatchJson.GetLength(batch);
            if (maxBytes < 0)
                return new WriteResult(WriteOutcome.ResponseTooLarge);
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
        await using var lease = await connections.OpenAsync(target.AccountId, cancellation);
        await using var command = lease.Connection.Command(BatchSql.FindChangedFields(target.AccountId, target.Id, since));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var changed = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
            changed.Add(row.GetString(0));
        return [.. BatchFields.All.Select(field => field.Name).Where(changed.Contains)];
    }
}

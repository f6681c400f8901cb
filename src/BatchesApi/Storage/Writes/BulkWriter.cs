using System.Data.Common;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Changes, deletes and restores many batches, all or none, and undoes such changes.</summary>
internal sealed class BulkWriter(
    BatchFilterSqlCache filters,
    DatabaseConnections connections,
    DatabaseOptions options,
    ListStatisticsCache statistics,
    HistoryOptions history,
    WriteRunner runner,
    TimeProvider clock)
{
    /// <summary>Maximum time in seconds of a statement: each batch takes less than a millisecond, but may be locked for a while.</summary>
    private const int TimeoutSeconds = 60;

    /// <summary>Changes, deletes or restores batches.</summary>
    /// <param name="target">The batches: deleted ones for a restore, otherwise active ones.</param>
    /// <param name="change">The change.</param>
    /// <param name="isDryRun">Whether to roll the change back.</param>
    /// <param name="actor">Who makes the change.</param>
    /// <param name="changeId">The id of the change.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the change.</param>
    public async Task<WriteResult> ChangeAsync(
        BulkTarget target,
        BatchUpdate change,
        bool isDryRun,
        Actor actor,
        string changeId,
        IdempotencyClaim? claim,
        CancellationToken cancellation)
    {
        var deleted = change.Action == BatchChange.Restore;
        var visible = filters.Get(target.AccountId, deleted, Condition.AllOf(target.Policy, target.Where));
        var permitted = filters.GetPermitted(target.Policy);
        var result = await runner.RunAsync(target.AccountId, inTransaction: true, claim, ChangeAsync, cancellation);
        return result.Outcome == WriteOutcome.CodeTaken
            ? result with { Bulk = new BulkResult(0, 0, []) { ChangeId = changeId, Conflicts = await FindConflictsAsync() } }
            : result;

        async Task<WriteResult> ChangeAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            var (isSelected, matching) = await SelectAsync(connection, cancellation);
            var statement = BulkSql.Change(
                target, change, actor, changeId, clock.GetUtcNowMicroseconds(), visible, isSelected, permitted);
            var result = await ExecuteAsync(connection, statement, matching is null, changeId, cancellation);
            var bulk = result.Bulk! with { IsDryRun = isDryRun };
            if (target.Ids is { } ids && bulk.Matched < ids.Length)
            {
                var unknown = await ReadTextsAsync(connection, BulkSql.FindUnknownIds(visible, ids), cancellation);
                return new WriteResult(WriteOutcome.NotFound) { Bulk = bulk with { UnknownIds = unknown } };
            }
            if (bulk.Matched > BulkTarget.MaxMatched)
            {
                var matched = await ReadCountAsync(connection, matching!.Count, cancellation);
                return new WriteResult(WriteOutcome.TooManyMatched) { Bulk = bulk with { Matched = matched } };
            }
            return target.Expected is { } expected && bulk.Matched != expected
                ? new WriteResult(WriteOutcome.CountDiffers) { Bulk = bulk }
                : result with { Bulk = bulk };
        }

        async Task<(Sql IsSelected, MatchingBatches? Matching)> SelectAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            if (target.Ids is { } ids)
                return ($"b.id = ANY ({ids})", null);
            var matching = await MatchingBatches.CreateAsync(
                filters,
                connection,
                options,
                statistics,
                target.AccountId,
                deleted,
                Condition.AllOf(target.Policy, target.Where),
                cancellation);

            // As a join, it would be slow if PostgreSQL underestimates the number of matches.
            return ($"b.id = ANY (ARRAY(SELECT k.id FROM ({matching.FirstIds(BulkTarget.MaxMatched + 1)}) AS k))", matching);
        }

        async Task<IReadOnlyList<CodeConflict>> FindConflictsAsync()
        {
            await using var lease = await connections.OpenAsync(target.AccountId, cancellation);
            var (isSelected, _) = await SelectAsync(lease.Connection, cancellation);
            await using var command = lease.Connection.Command(
                BulkSql.FindConflicts(target.AccountId, visible, isSelected, permitted));
            await using var row = await command.ExecuteReaderAsync(cancellation);
            var conflicts = new List<CodeConflict>();
            while (await row.ReadAsync(cancellation))
            {
                conflicts.Add(new CodeConflict(
                    row.GetString(0), row.GetString(1), row.GetBoolean(3) ? row.GetString(2) : null, row.GetBoolean(4)));
            }
            return conflicts;
        }
    }

    /// <summary>Sets the batches of a change back to what they were before it, if they still have the version that it made.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="policy">The policy of the caller's key.</param>
    /// <param name="undone">The id of the change.</param>
    /// <param name="actor">Who undoes it.</param>
    /// <param name="changeId">The id of the undo.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the undo.</param>
    public async Task<WriteResult> UndoAsync(
        int accountId,
        Condition policy,
        string undone,
        Actor actor,
        string changeId,
        IdempotencyClaim? claim,
        CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            var result = await runner.RunAsync(accountId, inTransaction: true, claim, UndoAsync, cancellation);

            // Another write took a code meanwhile: the next try skips the batch.
            if (result.Outcome != WriteOutcome.CodeTaken || tries == WriteRunner.MaxTries)
                return result;
        }

        async Task<WriteResult> UndoAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            var now = clock.GetUtcNowMicroseconds();
            var since = now - history.Retention;
            var (actions, fields) = await ReadChangeAsync(connection, BulkSql.FindChange(accountId, undone, since), cancellation);
            if (actions.Count == 0)
                return new WriteResult(WriteOutcome.NotFound);
            var statement = BulkSql.Undo(
                accountId, undone, actions, fields, since, actor, changeId, now, filters.GetPermitted(policy));
            var result = await ExecuteAsync(connection, statement, isPlannedOnce: true, changeId, cancellation);
            return result.Bulk!.Matched == 0 ? new WriteResult(WriteOutcome.NotFound) : result;
        }
    }

    private static async Task<(IReadOnlySet<string> Actions, FieldSet Fields)> ReadChangeAsync(
        NpgsqlConnection connection, Sql statement, CancellationToken cancellation)
    {
        await using var command = connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (actions, fields) = (new HashSet<string>(StringComparer.Ordinal), default(FieldSet));
        while (await row.ReadAsync(cancellation))
        {
            actions.Add(row.GetString(0));
            if (!await row.IsDBNullAsync(1, cancellation) && BatchFields.Find(row.GetString(1)) is { } field)
                fields = fields.With(field);
        }
        return (actions, fields);
    }

    /// <summary>Runs a statement of <see cref="BulkSql"/>.</summary>
    /// <param name="connection">A connection with a transaction.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="isPlannedOnce">Whether one plan is good for all values.</param>
    /// <param name="changeId">The id of the change.</param>
    /// <param name="cancellation">Cancels the statement.</param>
    private async Task<WriteResult> ExecuteAsync(
        NpgsqlConnection connection, Sql statement, bool isPlannedOnce, string changeId, CancellationToken cancellation)
    {
        await using var batch = connection.CreateBatch();
        batch.Timeout = TimeoutSeconds;
        var prologue = options.ListPrologue(isPlannedOnce);
        if (prologue is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(prologue));
        batch.Add(statement);
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        if (prologue is not null)
            await row.NextResultAsync(cancellation);
        return await ReadAsync(row, changeId, cancellation);
    }

    private static async Task<WriteResult> ReadAsync(DbDataReader row, string changeId, CancellationToken cancellation)
    {
        await row.ReadAsync(cancellation);
        var (matched, changed, rejected) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        var skipped = await row.IsDBNullAsync(4, cancellation)
            ? null
            : row.GetFieldValue<string[]>(4).Zip(row.GetFieldValue<int[]>(5)).ToList();
        var skippedCount = row.GetInt64(3);
        var transactionId = await row.GetFieldValueAsync<ulong?>(6, cancellation);
        var tooLong = BulkSql.Arrays.Index()
            .Select(array => (Field: array.Item, Count: row.GetInt32(BulkSql.ResultColumns + array.Index)))
            .Where(array => array.Count > array.Field.MaxItems)
            .ToDictionary(array => array.Field, array => array.Count);
        var first = BulkSql.ResultColumns + BulkSql.Arrays.Count;
        var sample = new List<Batch>();
        if (!await row.IsDBNullAsync(first, cancellation))
        {
            do
                sample.Add(BatchRowReader.Read(row, BatchFields.All, first));
            while (await row.ReadAsync(cancellation));
        }
        var bulk = new BulkResult(matched, (int)changed, sample) { ChangeId = changeId, Skipped = skipped, SkippedCount = skippedCount };
        var outcome = rejected > 0 ? WriteOutcome.OutsidePolicy : tooLong.Count > 0 ? WriteOutcome.ListTooLong : WriteOutcome.Done;
        return new WriteResult(outcome) { Bulk = bulk, TooLongLists = tooLong, TransactionId = transactionId };
    }

    private static async Task<IReadOnlyList<string>> ReadTextsAsync(
        NpgsqlConnection connection, Sql statement, CancellationToken cancellation)
    {
        await using var command = connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var texts = new List<string>();
        while (await row.ReadAsync(cancellation))
            texts.Add(row.GetString(0));
        return texts;
    }

    private static async Task<long> ReadCountAsync(NpgsqlConnection connection, Sql statement, CancellationToken cancellation)
    {
        await using var command = connection.Command(statement);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}

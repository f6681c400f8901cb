using System.Data.Common;
using BatchesApi.Domain;
using BatchesApi.Lists;
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
    ListOptions lists,
    ScanLimiter scans,
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
    /// <exception cref="ListTimeoutException">The batches were not found in time.</exception>
    public async Task<WriteResult> ChangeAsync(
        BulkTarget target,
        BatchUpdate change,
        bool isDryRun,
        Actor actor,
        string changeId,
        IdempotencyClaim? claim,
        CancellationToken cancellation)
    {
        var (ids, matched) = target.List is { } list ? await FindAsync(list, cancellation) : (target.Ids!, target.Ids!.Length);
        if (matched > BulkTarget.MaxMatched)
        {
            return new WriteResult(WriteOutcome.TooManyMatched)
            {
                Bulk = new BulkResult(matched, 0, []) { ChangeId = changeId },
            };
        }
        var deleted = change.Action == BatchChange.Restore;
        var visible = filters.Get(target.AccountId, deleted, target.List?.Where ?? target.Policy);
        var permitted = filters.GetPermitted(target.Policy);
        var result = await runner.RunAsync(target.AccountId, inTransaction: true, claim, ChangeAsync, cancellation);
        return result.Outcome == WriteOutcome.CodeTaken
            ? result with { Bulk = new BulkResult(0, 0, []) { ChangeId = changeId, Conflicts = await FindConflictsAsync() } }
            : result;

        async Task<WriteResult> ChangeAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            var statement = BulkSql.Change(
                target, change, actor, changeId, clock.GetUtcNowMicroseconds(), visible, ids, permitted);
            var result = await ExecuteAsync(connection, statement, changeId, cancellation);
            var bulk = result.Bulk! with { IsDryRun = isDryRun };
            if (target.Ids is not null && bulk.Matched < ids.Length)
            {
                await using var command = connection.Command(BulkSql.FindUnknownIds(visible, ids));
                var unknown = (string[])(await command.ExecuteScalarAsync(cancellation))!;
                return new WriteResult(WriteOutcome.NotFound) { Bulk = bulk with { UnknownIds = unknown } };
            }
            return target.Expected is { } expected && bulk.Matched != expected
                ? new WriteResult(WriteOutcome.CountDiffers) { Bulk = bulk }
                : result with { Bulk = bulk };
        }

        async Task<IReadOnlyList<CodeConflict>> FindConflictsAsync()
        {
            await using var lease = await connections.OpenAsync(target.AccountId, cancellation);
            await using var command = lease.Connection.Command(BulkSql.FindConflicts(target.AccountId, visible, ids, permitted));
            command.CommandTimeout = TimeoutSeconds;
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
            if (result.Outcome != WriteOutcome.CodeTaken || tries == WriteRunner.MaxCodeTries)
                return result;
        }

        async Task<WriteResult> UndoAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            var now = clock.GetUtcNowMicroseconds();
            var since = now - history.Retention;
            var (ids, actions, fields) = await ReadChangeAsync(connection, BulkSql.FindChange(accountId, undone, since), cancellation);
            if (ids.Length == 0)
                return new WriteResult(WriteOutcome.NotFound);
            var statement = BulkSql.Undo(
                accountId, undone, ids, actions, fields, since, actor, changeId, now, filters.GetPermitted(policy));
            var result = await ExecuteAsync(connection, statement, changeId, cancellation);
            return result.Bulk!.Matched == 0 ? new WriteResult(WriteOutcome.NotFound) : result;
        }
    }

    /// <summary>Finds the ids of a list, within the limits of lists.</summary>
    /// <returns>The ids and their number. If it is above the maximum, it is that of all batches, and the ids are not complete.</returns>
    private Task<(string[] Ids, long Matched)> FindAsync(ListPlan list, CancellationToken cancellation)
    {
        return lists.RunInTimeAsync(
            token => list.MayScan ? scans.RunAsync(list, $"bulk {list.Extent}", () => RunAsync(token), token) : RunAsync(token),
            cancellation);

        async Task<(string[] Ids, long Matched)> RunAsync(CancellationToken cancellation)
        {
            await using var lease = await connections.OpenAsync(list.AccountId, cancellation);
            var executor = new ListExecutor(lease.Connection, options, cancellation);
            var driver = await new ListDriverFinder(filters, executor, statistics, list).FindAsync(ListStrategy.MaxCandidates);
            var matching = driver?.Filter ?? filters.Get(list.AccountId, list.Deleted, list.Where);
            var with = driver is null ? Sql.Empty : ListSql.WithCandidates(driver.Candidates);
            Sql find = $"{with}SELECT b.id FROM ({matching}) AS b LIMIT {Sql.Literal(BulkTarget.MaxMatched + 1)}";
            string[] ids;
            await using (var found = await executor.RunAsync(new ListStatement(null, find, IsPlannedOnce: false)))
                ids = [.. await found.ReadTextsAsync()];
            return ids.Length <= BulkTarget.MaxMatched
                ? (ids, ids.Length)
                : (ids, await executor.ReadNumberAsync(
                    new ListStatement(null, $"{with}{ListSql.Count(matching, bound: null)}", IsPlannedOnce: false)));
        }
    }

    private static async Task<(string[] Ids, IReadOnlySet<string> Actions, FieldSet Fields)> ReadChangeAsync(
        NpgsqlConnection connection, Sql statement, CancellationToken cancellation)
    {
        await using var command = connection.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var (ids, actions, fields) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal), default(FieldSet));
        while (await row.ReadAsync(cancellation))
        {
            ids.Add(row.GetString(0));
            actions.Add(row.GetString(1));
            var names = await row.IsDBNullAsync(2, cancellation) ? [] : row.GetFieldValue<string[]>(2);
            foreach (var field in names.Select(BatchFields.Find).OfType<Field>())
                fields = fields.With(field);
        }
        return ([.. ids], actions, fields);
    }

    /// <summary>Runs a statement of <see cref="BulkSql"/>, planned for its values.</summary>
    private async Task<WriteResult> ExecuteAsync(
        NpgsqlConnection connection, Sql statement, string changeId, CancellationToken cancellation)
    {
        await using var batch = connection.CreateBatch();
        batch.Timeout = TimeoutSeconds;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(options.ListPrologue(isPlannedOnce: false)!));
        batch.Add(BulkSql.TurnOffNestedLoops);
        batch.Add(statement);
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        await row.NextResultAsync(cancellation);
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
}

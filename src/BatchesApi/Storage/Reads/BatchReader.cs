using System.Diagnostics;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Replicas;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>Runs lists, groups their batches, and finds single ones.</summary>
internal sealed class BatchReader(
    BatchFilterSqlCache filters,
    AccountReads reads,
    DatabaseOptions database,
    ListStatisticsCache statistics,
    ListOptions options,
    ScanLimiter scans)
{
    /// <param name="plan">The list.</param>
    /// <param name="explain">Whether to explain how the list was run.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <exception cref="ListTimeoutException">The list exceeded its time limit, including the time that it waited for its turn.</exception>
    /// <exception cref="PageTooLargeException">The page exceeds its maximum size.</exception>
    public Task<ListPage> RunAsync(ListPlan plan, bool explain, CancellationToken cancellation) => RunAsync(
        plan,
        plan.MayScan ? plan.Extent : null,
        (connection, token) => RunOnAsync(connection, plan, explain, token),
        cancellation);

    /// <summary>Groups the batches of a list, under the same limits.</summary>
    /// <inheritdoc cref="RunAsync(ListPlan, bool, CancellationToken)"/>
    public Task<GroupPage> GroupAsync(GroupPlan plan, CancellationToken cancellation) =>
        RunAsync(plan.Batches, plan.Extent, (connection, token) => GroupOnAsync(connection, plan, token), cancellation);

    /// <param name="accountId">The account of the batch.</param>
    /// <param name="deleted">Whether to find a deleted batch instead of an active one.</param>
    /// <param name="policy">The policy of the caller's key.</param>
    /// <param name="id">The id of the batch.</param>
    /// <param name="keep">The fields to read.</param>
    /// <param name="cancellation">Cancels the search.</param>
    /// <param name="isForWrite">Whether a write depends on it, so that no replica serves it.</param>
    /// <returns>The batch, or null.</returns>
    public Task<Batch?> FindAsync(
        int accountId,
        bool deleted,
        Condition policy,
        string id,
        FieldSet keep,
        CancellationToken cancellation,
        bool isForWrite = false)
    {
        // The entity tag needs the version.
        var fields = keep == FieldSet.All ? BatchFields.All : [.. BatchFields.All.Where(keep.With(BatchFields.Version).Contains)];
        return isForWrite
            ? reads.RunOnPrimaryAsync(accountId, ReadAsync, cancellation)
            : reads.RunAsync(accountId, ReadAsync, cancellation);

        async Task<Batch?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            await using var command = keep == FieldSet.All && policy == Condition.Always
                ? CreateFindCommand(connection, accountId, deleted, id)
                : connection.Command(
                    $"SELECT {ListSql.Columns(fields)} FROM ({filters.Get(accountId, deleted, policy)}) AS b WHERE b.id = {id}");
            await using var row = await command.ExecuteReaderAsync(cancellation);
            return await row.ReadAsync(cancellation) ? BatchRowReader.Read(row, fields) : null;
        }
    }

    private static NpgsqlCommand CreateFindCommand(NpgsqlConnection connection, int accountId, bool deleted, string id)
    {
        var command = connection.CreateCommand();
        command.CommandText = AccountBatchesSql.FindText(deleted);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        return command;
    }

    /// <param name="plan">The list.</param>
    /// <param name="scanned">What is read of the list, if that may be a whole account; null otherwise.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancellation">Cancels the run.</param>
    private Task<T> RunAsync<T>(
        ListPlan plan, string? scanned, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation) =>
        options.RunInTimeAsync(
            token =>
            {
                Task<T> RunNowAsync() => reads.RunListAsync(plan.AccountId, read, token);
                return scanned is null ? RunNowAsync() : scans.RunAsync(plan, scanned, RunNowAsync, token);
            },
            cancellation);

    private async Task<GroupPage> GroupOnAsync(NpgsqlConnection connection, GroupPlan plan, CancellationToken cancellation)
    {
        var executor = new ListExecutor(connection, database, cancellation);
        var driver = await new ListDriverFinder(filters, executor, statistics, plan.Batches).FindAsync(ListStrategy.MaxCountedEntries);
        var (sql, isPlannedOnce) = driver is null
            ? (GroupSql.Groups(filters.Get(plan.Batches.AccountId, plan.Batches.Deleted, plan.Batches.Where), plan), false)
            : (GroupSql.GroupsOfCandidates(driver, plan), true);
        await using var results = await executor.RunAsync(new ListStatement(null, sql, isPlannedOnce));
        return await results.ReadGroupsAsync(plan.Keys);
    }

    /// <summary>Reads a page, and records how long that took, also if it failed.</summary>
    private static async Task<ListPage> ReadMeasuredAsync(ListQuery query)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            return await query.ReadPageAsync();
        }
        finally
        {
            ServerMetrics.RecordList(query.PageStep, Stopwatch.GetElapsedTime(start));
            if (Activity.Current is { IsAllDataRequested: true } span)
                span.SetTag(ServerMetrics.ListStep, query.PageStep);
        }
    }

    private async Task<ListPage> RunOnAsync(NpgsqlConnection connection, ListPlan plan, bool explain, CancellationToken cancellation)
    {
        // An explanation describes the full run, without the statistics of earlier lists.
        using var empty = explain ? new ListStatisticsCache() : null;
        using var query = new ListQuery(filters, connection, database, empty ?? statistics, plan, options.MaxPageBytes, cancellation);
        var page = await ReadMeasuredAsync(query);
        try
        {
            return explain ? page with { Explanation = await query.ExplainAsync() } : page;
        }
        catch
        {
            page.Rows.Dispose();
            throw;
        }
    }
}

/// <summary>The limits on a list.</summary>
/// <param name="Timeout">Maximum time that it may take.</param>
/// <param name="MaxPageBytes">Maximum size of a page in bytes.</param>
internal sealed record ListOptions(TimeSpan Timeout, long MaxPageBytes)
{
    /// <summary>Runs a list within its maximum time.</summary>
    /// <param name="run">Runs it, until the token is canceled.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <exception cref="ListTimeoutException">The time was exceeded.</exception>
    public async Task<T> RunInTimeAsync<T>(Func<CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            return await run(limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new ListTimeoutException(Timeout, exception);
        }
    }
}

/// <summary>A list exceeded its time limit and was canceled.</summary>
internal sealed class ListTimeoutException(TimeSpan limit, Exception cause)
    : Exception($"The list took longer than {limit.TotalSeconds} s.", cause)
{
    public TimeSpan Limit { get; } = limit;
}

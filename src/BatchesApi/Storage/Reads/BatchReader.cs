using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>Reads batches: runs the plans of lists, and finds single ones.</summary>
/// <param name="selections">Make selections of conditions.</param>
/// <param name="connections">The database.</param>
/// <param name="options">How it is used.</param>
/// <param name="memory">What is known of lists.</param>
/// <param name="settings">What a list may take.</param>
/// <param name="scans">Has lists that may read a whole account wait for their turn.</param>
internal sealed class BatchReader(BatchFilterSqlCache selections, DatabaseConnections connections, DatabaseOptions options, ListStatisticsCache memory, ListOptions settings, ScanLimiter scans)
{
    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="explain">Whether to tell how the list was found.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="ListTimeoutException">It takes longer than a list may, waiting for its turn included.</exception>
    /// <exception cref="PageTooLargeException">Its page has more bytes than one may have.</exception>
    public async Task<ListPage> RunAsync(ListPlan plan, bool explain, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            return plan.MayScan
                ? await scans.RunAsync(plan, () => RunNowAsync(plan, explain, limit.Token), limit.Token)
                : await RunNowAsync(plan, explain, limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new ListTimeoutException(settings.Timeout, exception);
        }
    }

    /// <summary>Finds a batch.</summary>
    /// <param name="accountId">Whose it is.</param>
    /// <param name="deleted">Whether it is deleted.</param>
    /// <param name="policy">The condition that it meets.</param>
    /// <param name="id">Its id.</param>
    /// <param name="keep">The fields to read.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The batch; null where there is none such.</returns>
    public async Task<Batch?> FindAsync(int accountId, bool deleted, Condition policy, string id, FieldSet keep, CancellationToken cancellation)
    {
        // The entity tag tells the version, kept or not.
        var fields = keep == FieldSet.All ? BatchFields.All : [.. BatchFields.All.Where(keep.With(BatchFields.Version).Contains)];
        var columns = keep == FieldSet.All ? ListSql.EveryColumn : ListSql.Columns(fields);
        var selection = selections.Get(accountId, deleted, policy);
        var statement = PositionalSql.Create($"SELECT {columns} FROM ({selection.Sql}) AS b WHERE b.id = @id");
        await using var connection = await connections.OpenAsync(accountId, cancellation);
        await using var command = new NpgsqlCommand(statement.Sql, connection.Connection);
        command.Parameters.AddRange(statement.BindParameters(selection.Parameters.Append(new NpgsqlParameter<string>("id", id))));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? BatchRowReader.Read(row, fields) : null;
    }

    private async Task<ListPage> RunNowAsync(ListPlan plan, bool explain, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenForListAsync(cancellation);

        // An explanation describes the full run, without what earlier lists made unnecessary.
        using var nothing = explain ? new ListStatisticsCache() : null;
        using var run = new ListQuery(selections, connection, options, nothing ?? memory, plan, settings.MaxPageBytes, cancellation);
        var page = await run.PageAsync();
        try
        {
            return explain ? page with { Explanation = await run.ExplainAsync() } : page;
        }
        catch
        {
            page.Rows.Dispose();
            throw;
        }
    }
}

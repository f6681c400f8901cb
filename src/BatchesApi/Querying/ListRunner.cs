using BatchesApi.Data;
using Npgsql;

namespace BatchesApi.Querying;

/// <summary>Runs the plans of lists.</summary>
/// <param name="db">Translates; it is not connected.</param>
/// <param name="source">The database.</param>
/// <param name="settings">What a list may take.</param>
internal sealed class ListRunner(BatchesContext db, NpgsqlDataSource source, ListSettings settings)
{
    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="explain">Whether to tell how the list was found.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="ListTimeoutException">It takes longer than a list may.</exception>
    public async Task<ListPage> RunAsync(ListPlan plan, bool explain, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(settings.Timeout);
        try
        {
            var run = new ListRun(db, source, plan, limit.Token);
            var page = await run.PageAsync();
            return explain ? page with { Explanation = await run.ExplainAsync() } : page;
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new ListTimeoutException(settings.Timeout, fault);
        }
    }
}

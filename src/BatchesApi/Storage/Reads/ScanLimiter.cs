using BatchesApi.Concurrency;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>Limits lists and groups that may read a whole account to one at a time for each account, unless the same ones were quick
/// recently. Each slow list keeps a processor of the database busy: running more of them concurrently would not finish earlier, and would
/// leave no processor for other accounts.</summary>
internal sealed class ScanLimiter(FairLimiterOptions options, ListStatisticsCache statistics, TimeProvider clock) : IDisposable
{
    /// <summary>Maximum duration of a quick list.</summary>
    private static readonly TimeSpan QuickDuration = TimeSpan.FromMilliseconds(100);

    private readonly FairLimiter _limiter = new(options);

    /// <summary>Runs a list when it is its turn.</summary>
    /// <param name="plan">The list.</param>
    /// <param name="extent">What is read of it.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<T> RunAsync<T>(ListPlan plan, string extent, Func<Task<T>> run, CancellationToken cancellation)
    {
        using var turn = statistics.IsKnownQuick(plan, extent) ? null : await _limiter.AcquireAsync(plan.AccountId, 1, cancellation);
        var start = clock.GetTimestamp();
        var result = await run();
        if (clock.GetElapsedTime(start) <= QuickDuration)
            statistics.RememberQuick(plan, extent);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}

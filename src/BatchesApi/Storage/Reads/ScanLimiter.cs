using BatchesApi.Concurrency;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>Lets lists that may read a whole account run one after the other for each account, unless the same list was quick a moment ago. Each slow one keeps a
/// processor of the database busy: more of them at the same time would not end sooner, and leave no processor to others.</summary>
internal sealed class ScanLimiter(FairLimiterOptions options, ListStatisticsCache memory, TimeProvider clock) : IDisposable
{
    /// <summary>Up to this time a list is quick.</summary>
    private static readonly TimeSpan QuickDuration = TimeSpan.FromMilliseconds(100);

    private readonly FairLimiter _limiter = new(options);

    /// <summary>Runs a list when its turn comes.</summary>
    /// <param name="plan">The list.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<T> RunAsync<T>(ListPlan plan, Func<Task<T>> run, CancellationToken cancellation)
    {
        using var turn = memory.IsKnownQuick(plan) ? null : await _limiter.AcquireAsync(plan.AccountId, 1, cancellation);
        var start = clock.GetTimestamp();
        var result = await run();
        if (clock.GetElapsedTime(start) <= QuickDuration)
            memory.RememberQuick(plan);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}

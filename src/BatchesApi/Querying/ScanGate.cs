using System.Collections.Concurrent;
using BatchesApi.Concurrency;

namespace BatchesApi.Querying;

/// <summary>Lets lists that may read a whole account run one after the other for each account, until one has shown that they are quick. Each slow one keeps a processor of
/// the database busy: more of them at the same time would not end sooner, and leave no processor to others.</summary>
internal sealed class ScanGate(FairLimiterOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>Up to this time a list is quick.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after a quick list those that follow are trusted to be quick too.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private readonly FairLimiter _limiter = new(options);

    // By account, the time of the last quick list since the last slow one.
    private readonly ConcurrentDictionary<int, long> _quick = new();

    /// <summary>Runs a list when its turn comes.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<T> RunAsync<T>(int accountId, Func<Task<T>> run, CancellationToken cancellation)
    {
        using var turn = _quick.TryGetValue(accountId, out var last) && clock.GetElapsedTime(last) < Trust
            ? null
            : await _limiter.AcquireAsync(accountId, 1, cancellation);
        var start = clock.GetTimestamp();
        try
        {
            return await run();
        }
        finally
        {
            var end = clock.GetTimestamp();
            if (clock.GetElapsedTime(start, end) <= Quick)
                _quick[accountId] = end;
            else
                _quick.TryRemove(accountId, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}

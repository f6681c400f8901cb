using System.Collections.Concurrent;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Counts requests in the memory of this server.</summary>
internal sealed class InMemoryRateLimiter(TimeProvider clock)
{
    /// <summary>Beyond this time nothing counts.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, SlidingWindowLog> _times = new(StringComparer.Ordinal);
    private long _lastSweep;

    /// <summary>How many are remembered.</summary>
    public int PartitionCount => _times.Count;

    /// <summary>Counts a request of somebody, unless a quota is used up.</summary>
    /// <param name="partitionKey">Who makes it, and for what.</param>
    /// <param name="quotas">The quotas that it counts in; always the same for the same <paramref name="partitionKey"/>.</param>
    public LimitResult Acquire(string partitionKey, IReadOnlyList<Quota> quotas)
    {
        var now = Now;
        Sweep(now);
        var times = _times.GetOrAdd(partitionKey, static (_, quotas) => new SlidingWindowLog(quotas.Max(quota => quota.Limit)), quotas);
        lock (times)
            return times.Acquire(quotas, now);
    }

    /// <summary>How a request of somebody would stand to quotas; it is not counted.</summary>
    public LimitResult Peek(string partitionKey, IReadOnlyList<Quota> quotas)
    {
        var times = _times.GetValueOrDefault(partitionKey) ?? new SlidingWindowLog(max: 1);
        lock (times)
            return times.Peek(quotas, Now);
    }

    /// <summary>Removes a request from the count.</summary>
    /// <param name="partitionKey">The one who made it.</param>
    /// <param name="at">The time at which it was counted.</param>
    public void Return(string partitionKey, long at)
    {
        if (!_times.TryGetValue(partitionKey, out var times))
            return;
        lock (times)
            times.Remove(at);
    }

    /// <summary>The ticks of a clock that nobody sets.</summary>
    private long Now => clock.GetElapsedTime(0).Ticks;

    /// <summary>Forgets, once a minute, those who have not been heard of for so long that nothing counts.</summary>
    private void Sweep(long now)
    {
        var last = Interlocked.Read(ref _lastSweep);
        if (now - last < TimeSpan.TicksPerMinute || Interlocked.CompareExchange(ref _lastSweep, now, last) != last)
            return;
        foreach (var (partitionKey, times) in _times)
        {
            lock (times)
            {
                if (now - times.Last > Longest.Ticks)
                    _times.TryRemove(new(partitionKey, times));
            }
        }
    }
}

using System.Collections.Concurrent;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Counts requests in the memory of this server.</summary>
internal sealed class InMemoryRateLimiter(TimeProvider clock)
{
    /// <summary>The length of the longest window.</summary>
    private static readonly TimeSpan MaxWindow = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, SlidingWindowLog> _logs = new(StringComparer.Ordinal);
    private long _lastSweep;

    /// <summary>The number of partitions in memory.</summary>
    public int PartitionCount => _logs.Count;

    /// <summary>Counts a request unless a quota is exceeded.</summary>
    /// <param name="partitionKey">The limited entity, such as a credential or a network address.</param>
    /// <param name="quotas">The quotas, always the same for the same <paramref name="partitionKey"/>.</param>
    public RateLimitResult TryAcquire(string partitionKey, IReadOnlyList<Quota> quotas)
    {
        var now = Now;
        Sweep(now);
        var log = _logs.GetOrAdd(partitionKey, static (_, quotas) => new SlidingWindowLog(quotas.Max(quota => quota.Limit)), quotas);
        lock (log)
            return log.TryAcquire(quotas, now);
    }

    /// <summary>Returns the result that a request would get, without counting it.</summary>
    public RateLimitResult Peek(string partitionKey, IReadOnlyList<Quota> quotas)
    {
        var log = _logs.GetValueOrDefault(partitionKey) ?? new SlidingWindowLog(max: 1);
        lock (log)
            return log.Peek(quotas, Now);
    }

    /// <summary>Removes a request from the count.</summary>
    /// <param name="partitionKey">The partition key with which it was counted.</param>
    /// <param name="at">The time at which it was counted.</param>
    public void Return(string partitionKey, long at)
    {
        if (!_logs.TryGetValue(partitionKey, out var log))
            return;
        lock (log)
            log.Remove(at);
    }

    /// <summary>Ticks of a monotonic clock.</summary>
    private long Now => clock.GetElapsedTime(0).Ticks;

    /// <summary>Removes, once a minute, partitions whose last request has left all windows.</summary>
    private void Sweep(long now)
    {
        var last = Interlocked.Read(ref _lastSweep);
        if (now - last < TimeSpan.TicksPerMinute || Interlocked.CompareExchange(ref _lastSweep, now, last) != last)
            return;
        foreach (var (partitionKey, log) in _logs)
        {
            lock (log)
            {
                if (now - log.Last > MaxWindow.Ticks)
                    _logs.TryRemove(new(partitionKey, log));
            }
        }
    }
}

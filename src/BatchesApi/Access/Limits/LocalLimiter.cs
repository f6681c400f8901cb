using System.Collections.Concurrent;

namespace BatchesApi.Access.Limits;

/// <summary>Counts requests in the memory of this server.</summary>
internal sealed class LocalLimiter(TimeProvider clock)
{
    /// <summary>Beyond this time nothing counts.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, RequestTimes> _times = new(StringComparer.Ordinal);
    private long _tidied;

    /// <summary>How many are remembered.</summary>
    public int Remembered => _times.Count;

    /// <summary>Counts a request of somebody, unless a quota is used up.</summary>
    /// <param name="who">Who makes it, and for what.</param>
    /// <param name="quotas">The quotas that it counts in; always the same for the same <paramref name="who"/>.</param>
    public LimitResult Take(string who, IReadOnlyList<Quota> quotas)
    {
        var now = Now;
        Tidy(now);
        var times = _times.GetOrAdd(who, static (_, quotas) => new RequestTimes(quotas.Max(quota => quota.Limit)), quotas);
        lock (times)
            return times.Take(quotas, now);
    }

    /// <summary>How a request of somebody would stand to quotas; it is not counted.</summary>
    public LimitResult Look(string who, IReadOnlyList<Quota> quotas)
    {
        var times = _times.GetValueOrDefault(who) ?? new RequestTimes(most: 1);
        lock (times)
            return times.Look(quotas, Now);
    }

    /// <summary>Removes a request from the count.</summary>
    /// <param name="who">The one who made it.</param>
    /// <param name="at">The time at which it was counted.</param>
    public void GiveBack(string who, long at)
    {
        if (!_times.TryGetValue(who, out var times))
            return;
        lock (times)
            times.Remove(at);
    }

    /// <summary>The ticks of a clock that nobody sets.</summary>
    private long Now => clock.GetElapsedTime(0).Ticks;

    /// <summary>Forgets, once a minute, those who have not been heard of for so long that nothing counts.</summary>
    private void Tidy(long now)
    {
        var last = Interlocked.Read(ref _tidied);
        if (now - last < TimeSpan.TicksPerMinute || Interlocked.CompareExchange(ref _tidied, now, last) != last)
            return;
        foreach (var (who, times) in _times)
        {
            lock (times)
            {
                if (now - times.Last > Longest.Ticks)
                    _times.TryRemove(new(who, times));
            }
        }
    }
}

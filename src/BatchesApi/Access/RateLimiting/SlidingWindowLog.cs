namespace BatchesApi.Access.RateLimiting;

/// <summary>When somebody made requests, as far back as counts: exact, so that a quota holds over any stretch of time and not over those that a clock
/// cuts out only. Not safe for several threads at once.</summary>
/// <param name="max">Most requests that any quota allows.</param>
internal sealed class SlidingWindowLog(int max)
{
    private long[] _times = new long[Math.Min(max, 16)];
    private int _count;
    private int _next;

    /// <summary>When the last request was, in ticks.</summary>
    public long Last { get; private set; }

    /// <summary>Notes a request, unless a quota is used up.</summary>
    public LimitResult Acquire(IReadOnlyList<Quota> quotas, long now)
    {
        var (exceeded, retryAfter) = Exceeded(quotas, now);
        if (exceeded is null)
            Add(now);
        return new LimitResult(States(quotas, now), exceeded, retryAfter) { At = now };
    }

    /// <summary>Removes a request of that time, if it is still recorded.</summary>
    public void Remove(long time)
    {
        // It is a recent one, so that few have to move.
        var place = _count - 1;
        while (place >= 0 && At(place) > time)
            place--;
        if (place < 0 || At(place) != time)
            return;
        for (; place < _count - 1; place++)
            _times[Slot(place)] = At(place + 1);
        _next = Slot(_count - 1);
        _count--;
    }

    /// <summary>How a request would stand to quotas; nothing is noted.</summary>
    public LimitResult Peek(IReadOnlyList<Quota> quotas, long now)
    {
        var (exceeded, retryAfter) = Exceeded(quotas, now);
        return new LimitResult(States(quotas, now), exceeded, retryAfter);
    }

    private (Quota? Exceeded, TimeSpan RetryAfter) Exceeded(IReadOnlyList<Quota> quotas, long now)
    {
        Quota? exceeded = null;
        var retryAfter = 0L;
        foreach (var quota in quotas)
        {
            if (_count < quota.Limit)
                continue;
            var wait = At(_count - quota.Limit) + quota.Window.Ticks - now;
            if (wait > retryAfter)
                (exceeded, retryAfter) = (quota, wait);
        }
        return (exceeded, TimeSpan.FromTicks(retryAfter));
    }

    private QuotaState[] States(IReadOnlyList<Quota> quotas, long now)
    {
        var states = new QuotaState[quotas.Count];
        for (var i = 0; i < states.Length; i++)
            states[i] = GetState(quotas[i], now);
        return states;
    }

    private QuotaState GetState(Quota quota, long now)
    {
        var first = FirstAfter(now - quota.Window.Ticks);
        return new QuotaState(
            quota,
            Math.Max(0, quota.Limit - (_count - first)),
            first == _count ? TimeSpan.Zero : TimeSpan.FromTicks(At(first) + quota.Window.Ticks - now));
    }

    private void Add(long now)
    {
        if (_count == _times.Length && _count < max)
        {
            var larger = new long[(int)Math.Min(max, 2L * _count)];
            for (var i = 0; i < _count; i++)
                larger[i] = At(i);
            (_times, _next) = (larger, _count);
        }
        _times[_next] = Last = now;
        _next = (_next + 1) % _times.Length;
        _count = Math.Min(_count + 1, _times.Length);
    }

    /// <summary>The place of the first request after a time; their number where there is none.</summary>
    private int FirstAfter(long time)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle) > time)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    private long At(int place) => _times[Slot(place)];

    private int Slot(int place) => (_next - _count + place + _times.Length) % _times.Length;
}

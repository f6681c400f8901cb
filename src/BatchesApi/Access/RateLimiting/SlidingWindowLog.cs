namespace BatchesApi.Access.RateLimiting;

/// <summary>The times of the recent requests of one partition. Exact: a quota holds in any window, not only in those that start on the
/// minute. Not thread-safe.</summary>
/// <param name="max">The maximum limit of its quotas.</param>
internal sealed class SlidingWindowLog(int max)
{
    private long[] _times = new long[Math.Min(max, 16)];
    private int _count;
    private int _next;

    /// <summary>The time of the last request in ticks.</summary>
    public long Last { get; private set; }

    /// <summary>Records a request unless a quota is exceeded.</summary>
    public RateLimitResult TryAcquire(IReadOnlyList<Quota> quotas, long now)
    {
        var (exceeded, retryAfter) = FindExceeded(quotas, now);
        if (exceeded is null)
            Add(now);
        return new RateLimitResult(GetStates(quotas, now), exceeded, retryAfter) { At = now };
    }

    /// <summary>Removes a request of that time, if it is still recorded.</summary>
    public void Remove(long time)
    {
        // It is a recent request, so only few have to move.
        var index = _count - 1;
        while (index >= 0 && At(index) > time)
            index--;
        if (index < 0 || At(index) != time)
            return;
        for (; index < _count - 1; index++)
            _times[GetSlot(index)] = At(index + 1);
        _next = GetSlot(_count - 1);
        _count--;
    }

    /// <summary>Returns the result that a request would get, without recording it.</summary>
    public RateLimitResult Peek(IReadOnlyList<Quota> quotas, long now)
    {
        var (exceeded, retryAfter) = FindExceeded(quotas, now);
        return new RateLimitResult(GetStates(quotas, now), exceeded, retryAfter);
    }

    private (Quota? Exceeded, TimeSpan RetryAfter) FindExceeded(IReadOnlyList<Quota> quotas, long now)
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

    private QuotaState[] GetStates(IReadOnlyList<Quota> quotas, long now)
    {
        var states = new QuotaState[quotas.Count];
        for (var i = 0; i < states.Length; i++)
            states[i] = GetState(quotas[i], now);
        return states;
    }

    private QuotaState GetState(Quota quota, long now)
    {
        var first = FindFirstAfter(now - quota.Window.Ticks);
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

    /// <summary>Returns the index of the first request after a time, or the number of requests.</summary>
    private int FindFirstAfter(long time)
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

    private long At(int index) => _times[GetSlot(index)];

    private int GetSlot(int index) => (_next - _count + index + _times.Length) % _times.Length;
}

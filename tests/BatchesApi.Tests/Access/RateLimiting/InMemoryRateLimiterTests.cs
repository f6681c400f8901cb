using BatchesApi.Access.RateLimiting;

namespace BatchesApi.Tests.Access.RateLimiting;

public sealed class InMemoryRateLimiterTests
{
    private static readonly Quota[] Quotas = [new("minute", 480, TimeSpan.FromMinutes(1)), new("hour", 4_800, TimeSpan.FromHours(1))];

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero));
    private readonly InMemoryRateLimiter _limiter;

    public InMemoryRateLimiterTests() => _limiter = new InMemoryRateLimiter(_clock);

    [Fact]
    public void The_481st_request_in_any_60_seconds_is_rejected_even_across_a_minute_of_the_clock()
    {
        // 240 in the last second of a minute, 240 in the first of the next.
        _clock.Now += TimeSpan.FromSeconds(59);
        Assert.Equal(240, CountAllowed("a", 240));
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(240, CountAllowed("a", 300));

        _clock.Now += TimeSpan.FromSeconds(59) - TimeSpan.FromTicks(1);
        Assert.Equal(0, CountAllowed("a", 10));
        _clock.Now += TimeSpan.FromTicks(1);
        Assert.Equal(240, CountAllowed("a", 300));
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(240, CountAllowed("a", 300));
    }

    [Fact]
    public void The_4801st_request_in_an_hour_is_rejected()
    {
        for (var minute = 0; minute < 10; minute++, _clock.Now += TimeSpan.FromMinutes(1))
            Assert.Equal(480, CountAllowed("a", 500));

        var rejected = _limiter.TryAcquire("a", Quotas);
        Assert.Equal(("hour", TimeSpan.FromMinutes(50)), (rejected.Exceeded!.Name, rejected.RetryAfter));
        _clock.Now += TimeSpan.FromMinutes(50);
        Assert.Equal(480, CountAllowed("a", 500));
    }

    [Fact]
    public void Partitions_are_counted_separately()
    {
        Assert.Equal(480, CountAllowed("a", 500));
        Assert.Equal(480, CountAllowed("b", 500));
        Assert.NotNull(_limiter.Peek("a", Quotas).Exceeded);
        Assert.Null(_limiter.Peek("c", Quotas).Exceeded);
        Assert.Equal([480, 4_800], _limiter.Peek("c", Quotas).States.Select(state => state.Remaining));
    }

    [Fact]
    public void Concurrent_requests_are_counted_exactly()
    {
        var allowed = 0;
        Parallel.For(0, 2_000, _ =>
        {
            if (_limiter.TryAcquire("a", Quotas).Exceeded is null)
                Interlocked.Increment(ref allowed);
        });
        Assert.Equal(480, allowed);
    }

    [Fact]
    public void Returned_requests_leave_room_for_as_many_under_concurrency()
    {
        Parallel.For(0, 2_000, _ => _limiter.Return("a", _limiter.TryAcquire("a", Quotas) is { Exceeded: null } counted ? counted.At : -1));
        Assert.Equal([480, 4_800], _limiter.Peek("a", Quotas).States.Select(state => state.Remaining));
        Assert.Equal(480, CountAllowed("a", 500));
    }

    [Fact]
    public void Setting_the_clock_of_the_machine_has_no_effect()
    {
        var clock = new JumpingClock();
        var limiter = new InMemoryRateLimiter(clock);
        for (var i = 0; i < 480; i++)
            limiter.TryAcquire("a", Quotas);
        clock.Jump = TimeSpan.FromDays(1);
        Assert.NotNull(limiter.TryAcquire("a", Quotas).Exceeded);
        clock.Jump = TimeSpan.FromDays(-1);
        Assert.InRange(limiter.TryAcquire("a", Quotas).RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Only_partitions_without_a_request_for_an_hour_are_removed()
    {
        for (var i = 0; i < 1_000; i++)
            _limiter.TryAcquire($"address:{i}", Quotas);
        Assert.Equal(1_000, _limiter.PartitionCount);

        _clock.Now += TimeSpan.FromMinutes(60);
        _limiter.TryAcquire("address:7", Quotas);
        Assert.Equal(1_000, _limiter.PartitionCount);
        _clock.Now += TimeSpan.FromMinutes(1);
        _limiter.TryAcquire("address:8", Quotas);
        Assert.Equal(2, _limiter.PartitionCount);
        Assert.Equal(4_799, _limiter.Peek("address:7", Quotas).States[1].Remaining);
    }

    [Fact]
    public void A_peek_creates_no_partition()
    {
        _limiter.Peek("a", Quotas);
        Assert.Equal(0, _limiter.PartitionCount);
    }

    private int CountAllowed(string partitionKey, int requests) =>
        Enumerable.Range(0, requests).Count(_ => _limiter.TryAcquire(partitionKey, Quotas).Exceeded is null);

    /// <summary>A clock that can be set, with a monotonic timestamp.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;
    }
}

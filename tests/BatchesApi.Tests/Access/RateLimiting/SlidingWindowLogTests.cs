using BatchesApi.Access.RateLimiting;

namespace BatchesApi.Tests.Access.RateLimiting;

public sealed class SlidingWindowLogTests
{
    private static readonly Quota Minute = new("minute", 3, TimeSpan.FromMinutes(1));
    private static readonly Quota Hour = new("hour", 5, TimeSpan.FromHours(1));

    [Fact]
    public void The_quota_limits_requests_in_any_window()
    {
        var log = new SlidingWindowLog(max: 3);
        Assert.All([0, 10, 20], second => Assert.Null(Acquire(log, second, Minute).Exceeded));

        var rejected = Acquire(log, 30, Minute);
        Assert.Equal((Minute, TimeSpan.FromSeconds(30)), (rejected.Exceeded, rejected.RetryAfter));

        // The first request counts up to the end of its minute, exclusive.
        Assert.Equal(TimeSpan.FromTicks(1), log.TryAcquire([Minute], Ticks(60) - 1).RetryAfter);
        Assert.Null(Acquire(log, 60, Minute).Exceeded);
        Assert.Equal(TimeSpan.FromSeconds(10), Acquire(log, 60, Minute).RetryAfter);
        Assert.Null(Acquire(log, 70, Minute).Exceeded);
    }

    [Fact]
    public void Rejected_requests_do_not_count()
    {
        var log = new SlidingWindowLog(max: 3);
        Assert.All([0, 0, 0], second => Assert.Null(Acquire(log, second, Minute).Exceeded));
        for (var second = 1; second < 60; second++)
            Assert.NotNull(Acquire(log, second, Minute).Exceeded);
        Assert.All([60, 60, 60], second => Assert.Null(Acquire(log, second, Minute).Exceeded));
    }

    [Fact]
    public void The_result_contains_the_remaining_requests_and_the_time_until_the_oldest_leaves_the_window()
    {
        var log = new SlidingWindowLog(max: 3);
        Assert.Equal([(3, 0)], States(Peek(log, 0, Minute)));
        Assert.Equal([(2, 60)], States(Acquire(log, 0, Minute)));
        Assert.Equal([(1, 50)], States(Acquire(log, 10, Minute)));
        Assert.Equal([(0, 40)], States(Acquire(log, 20, Minute)));
        Assert.Equal([(0, 30)], States(Acquire(log, 30, Minute)));
        Assert.Equal([(1, 5)], States(Peek(log, 65, Minute)));
        Assert.Equal([(3, 0)], States(Peek(log, 80, Minute)));
    }

    [Fact]
    public void A_peek_does_not_count()
    {
        var log = new SlidingWindowLog(max: 3);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Null(Peek(log, 0, Minute).Exceeded));
        Assert.Equal([(2, 60)], States(Acquire(log, 0, Minute)));
        Assert.All([1, 1], second => Acquire(log, second, Minute));
        Assert.Equal((Minute, TimeSpan.FromSeconds(58)), (Peek(log, 2, Minute).Exceeded, Peek(log, 2, Minute).RetryAfter));
    }

    [Fact]
    public void A_removed_request_does_not_count()
    {
        var log = new SlidingWindowLog(max: 3);
        Assert.All([0, 10, 20], second => Assert.Null(Acquire(log, second, Minute).Exceeded));
        log.Remove(Ticks(10));
        log.Remove(Ticks(11));
        Assert.Equal([(1, 35)], States(Peek(log, 25, Minute)));
        Assert.Null(Acquire(log, 25, Minute).Exceeded);
        Assert.Equal((Minute, TimeSpan.FromSeconds(30)), (Acquire(log, 30, Minute).Exceeded, Acquire(log, 30, Minute).RetryAfter));
        Assert.Null(Acquire(log, 60, Minute).Exceeded);
        Assert.Equal([(0, 20)], States(Peek(log, 60, Minute)));
    }

    [Fact]
    public void Any_sequence_of_requests_and_removals_is_counted_exactly()
    {
        var random = new Random(7);
        var quota = new Quota("minute", 40, TimeSpan.FromSeconds(100));
        var log = new SlidingWindowLog(max: 40);
        var counted = new List<int>();
        for (var second = 0; second < 5_000; second += random.Next(3))
        {
            counted.RemoveAll(time => time <= second - 100);
            if (counted.Count > 0 && random.Next(3) == 0)
            {
                var time = counted[random.Next(counted.Count)];
                counted.Remove(time);
                log.Remove(Ticks(time));
            }
            else if (Acquire(log, second, quota).Exceeded is null)
            {
                counted.Add(second);
            }
            Assert.Equal([(40 - counted.Count, counted.Count == 0 ? 0 : counted[0] + 100 - second)], States(Peek(log, second, quota)));
        }
    }

    [Fact]
    public void The_exceeded_quota_with_the_longest_wait_is_returned()
    {
        var log = new SlidingWindowLog(max: 5);
        Assert.All([0, 0, 0, 60, 60], second => Assert.Null(Acquire(log, second, Minute, Hour).Exceeded));

        var rejected = Acquire(log, 61, Minute, Hour);
        Assert.Equal((Hour, TimeSpan.FromSeconds(3_539)), (rejected.Exceeded, rejected.RetryAfter));
        Assert.Equal([(1, 59), (0, 3_539)], States(rejected));
        Assert.All([3_600, 3_600, 3_600], second => Assert.Null(Acquire(log, second, Minute, Hour).Exceeded));

        // Both are exceeded again: the two requests at 60 s count in the hour for another minute, and so do the three in the minute.
        Assert.Equal(TimeSpan.FromMinutes(1), Acquire(log, 3_600, Minute, Hour).RetryAfter);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Results_equal_those_of_counting_one_by_one(int seed)
    {
        var random = new Random(seed);
        Quota[] quotas =
        [
            new("short", random.Next(1, 40), TimeSpan.FromTicks(random.Next(1, 100))),
            new("long", random.Next(20, 400), TimeSpan.FromTicks(random.Next(100, 2_000))),
        ];
        var log = new SlidingWindowLog(quotas.Max(quota => quota.Limit));
        var allowed = new List<long>();
        var now = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(20) == 0 ? random.Next(500) : random.Next(3);
            int Counting(Quota quota) => allowed.Count(time => time > now - quota.Window.Ticks);
            var isAllowed = quotas.All(quota => Counting(quota) < quota.Limit);

            var result = log.TryAcquire(quotas, now);

            Assert.True(isAllowed == result.Exceeded is null, $"Request {i} at {now}: {result.Exceeded}");
            if (isAllowed)
                allowed.Add(now);
            Assert.Equal(quotas.Select(quota => quota.Limit - Counting(quota)), result.States.Select(state => state.Remaining));
            Assert.Equal(
                quotas.Select(quota => Counting(quota) == 0
                    ? 0
                    : allowed.First(time => time > now - quota.Window.Ticks) + quota.Window.Ticks - now),
                result.States.Select(state => state.Reset.Ticks));
            if (result.Exceeded is not null)
            {
                // The time is exact to the tick: at that time every quota has room, and a tick earlier one has not.
                Assert.True(result.RetryAfter > TimeSpan.Zero);
                var then = now + result.RetryAfter.Ticks;
                Assert.All(quotas, quota => Assert.InRange(allowed.Count(time => time > then - quota.Window.Ticks), 0, quota.Limit - 1));
                Assert.Contains(quotas, quota => allowed.Count(time => time > then - 1 - quota.Window.Ticks) >= quota.Limit);
            }
            if (allowed.Count > 1_000)
                allowed.RemoveRange(0, 500);
        }
    }

    private static RateLimitResult Acquire(SlidingWindowLog log, int second, params Quota[] quotas) =>
        log.TryAcquire(quotas, Ticks(second));

    private static RateLimitResult Peek(SlidingWindowLog log, int second, params Quota[] quotas) => log.Peek(quotas, Ticks(second));

    private static long Ticks(int second) => TimeSpan.FromDays(700_000).Ticks + (second * TimeSpan.TicksPerSecond);

    private static IEnumerable<(int Remaining, int Reset)> States(RateLimitResult result) =>
        result.States.Select(state => (state.Remaining, (int)state.Reset.TotalSeconds));
}

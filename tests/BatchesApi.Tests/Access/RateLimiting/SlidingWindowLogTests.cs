using BatchesApi.Access.RateLimiting;

namespace BatchesApi.Tests.Access.RateLimiting;

public sealed class SlidingWindowLogTests
{
    private static readonly Quota Minute = new("minute", 3, TimeSpan.FromMinutes(1));
    private static readonly Quota Hour = new("hour", 5, TimeSpan.FromHours(1));

    [Fact]
    public void As_many_are_allowed_as_the_quota_says_and_each_until_its_window_is_over()
    {
        var times = new SlidingWindowLog(max: 3);
        Assert.All([0, 10, 20], second => Assert.Null(Take(times, second, Minute).Exceeded));

        var refused = Take(times, 30, Minute);
        Assert.Equal((Minute, TimeSpan.FromSeconds(30)), (refused.Exceeded, refused.RetryAfter));

        // The first of them counts up to, and not at, the end of its minute.
        Assert.Equal(TimeSpan.FromTicks(1), times.Acquire([Minute], Ticks(60) - 1).RetryAfter);
        Assert.Null(Take(times, 60, Minute).Exceeded);
        Assert.Equal(TimeSpan.FromSeconds(10), Take(times, 60, Minute).RetryAfter);
        Assert.Null(Take(times, 70, Minute).Exceeded);
    }

    [Fact]
    public void What_is_refused_does_not_count()
    {
        var times = new SlidingWindowLog(max: 3);
        Assert.All([0, 0, 0], second => Assert.Null(Take(times, second, Minute).Exceeded));
        for (var second = 1; second < 60; second++)
            Assert.NotNull(Take(times, second, Minute).Exceeded);
        Assert.All([60, 60, 60], second => Assert.Null(Take(times, second, Minute).Exceeded));
    }

    [Fact]
    public void It_tells_what_is_left_and_when_the_oldest_stops_counting()
    {
        var times = new SlidingWindowLog(max: 3);
        Assert.Equal([(3, 0)], States(Look(times, 0, Minute)));
        Assert.Equal([(2, 60)], States(Take(times, 0, Minute)));
        Assert.Equal([(1, 50)], States(Take(times, 10, Minute)));
        Assert.Equal([(0, 40)], States(Take(times, 20, Minute)));
        Assert.Equal([(0, 30)], States(Take(times, 30, Minute)));
        Assert.Equal([(1, 5)], States(Look(times, 65, Minute)));
        Assert.Equal([(3, 0)], States(Look(times, 80, Minute)));
    }

    [Fact]
    public void Looking_does_not_count()
    {
        var times = new SlidingWindowLog(max: 3);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Null(Look(times, 0, Minute).Exceeded));
        Assert.Equal([(2, 60)], States(Take(times, 0, Minute)));
        Assert.All([1, 1], second => Take(times, second, Minute));
        Assert.Equal((Minute, TimeSpan.FromSeconds(58)), (Look(times, 2, Minute).Exceeded, Look(times, 2, Minute).RetryAfter));
    }

    [Fact]
    public void A_request_that_is_removed_does_not_count()
    {
        var times = new SlidingWindowLog(max: 3);
        Assert.All([0, 10, 20], second => Assert.Null(Take(times, second, Minute).Exceeded));
        times.Remove(Ticks(10));
        times.Remove(Ticks(11));
        Assert.Equal([(1, 35)], States(Look(times, 25, Minute)));
        Assert.Null(Take(times, 25, Minute).Exceeded);
        Assert.Equal((Minute, TimeSpan.FromSeconds(30)), (Take(times, 30, Minute).Exceeded, Take(times, 30, Minute).RetryAfter));
        Assert.Null(Take(times, 60, Minute).Exceeded);
        Assert.Equal([(0, 20)], States(Look(times, 60, Minute)));
    }

    [Fact]
    public void Any_sequence_of_requests_and_removals_counts_what_is_left()
    {
        var random = new Random(7);
        var quota = new Quota("minute", 40, TimeSpan.FromSeconds(100));
        var times = new SlidingWindowLog(max: 40);
        var counted = new List<int>();
        for (var second = 0; second < 5_000; second += random.Next(3))
        {
            counted.RemoveAll(time => time <= second - 100);
            if (counted.Count > 0 && random.Next(3) == 0)
            {
                var time = counted[random.Next(counted.Count)];
                counted.Remove(time);
                times.Remove(Ticks(time));
            }
            else if (Take(times, second, quota).Exceeded is null)
            {
                counted.Add(second);
            }
            Assert.Equal([(40 - counted.Count, counted.Count == 0 ? 0 : counted[0] + 100 - second)], States(Look(times, second, quota)));
        }
    }

    [Fact]
    public void Of_several_quotas_the_one_that_takes_longest_is_told()
    {
        var times = new SlidingWindowLog(max: 5);
        Assert.All([0, 0, 0, 60, 60], second => Assert.Null(Take(times, second, Minute, Hour).Exceeded));

        var refused = Take(times, 61, Minute, Hour);
        Assert.Equal((Hour, TimeSpan.FromSeconds(3_539)), (refused.Exceeded, refused.RetryAfter));
        Assert.Equal([(1, 59), (0, 3_539)], States(refused));
        Assert.All([3_600, 3_600, 3_600], second => Assert.Null(Take(times, second, Minute, Hour).Exceeded));

        // Both are used up again: the hour's two of 60 s count for a minute more, and so do the minute's three.
        Assert.Equal(TimeSpan.FromMinutes(1), Take(times, 3_600, Minute, Hour).RetryAfter);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void It_allows_what_counting_one_by_one_allows(int seed)
    {
        var random = new Random(seed);
        Quota[] quotas =
        [
            new("short", random.Next(1, 40), TimeSpan.FromTicks(random.Next(1, 100))), new("long", random.Next(20, 400), TimeSpan.FromTicks(random.Next(100, 2_000))),
        ];
        var times = new SlidingWindowLog(quotas.Max(quota => quota.Limit));
        var allowed = new List<long>();
        var now = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(20) == 0 ? random.Next(500) : random.Next(3);
            int Counting(Quota quota) => allowed.Count(time => time > now - quota.Window.Ticks);
            var isAllowed = quotas.All(quota => Counting(quota) < quota.Limit);

            var result = times.Acquire(quotas, now);

            Assert.True(isAllowed == result.Exceeded is null, $"Request {i} at {now}: {result.Exceeded}");
            if (isAllowed)
                allowed.Add(now);
            Assert.Equal(quotas.Select(quota => quota.Limit - Counting(quota)), result.States.Select(state => state.Remaining));
            Assert.Equal(
                quotas.Select(quota => Counting(quota) == 0 ? 0 : allowed.First(time => time > now - quota.Window.Ticks) + quota.Window.Ticks - now),
                result.States.Select(state => state.Reset.Ticks));
            if (result.Exceeded is not null)
            {
                // It is right to the tick: then there is room in every quota, and a tick before there is none in one.
                Assert.True(result.RetryAfter > TimeSpan.Zero);
                var then = now + result.RetryAfter.Ticks;
                Assert.All(quotas, quota => Assert.InRange(allowed.Count(time => time > then - quota.Window.Ticks), 0, quota.Limit - 1));
                Assert.Contains(quotas, quota => allowed.Count(time => time > then - 1 - quota.Window.Ticks) >= quota.Limit);
            }
            if (allowed.Count > 1_000)
                allowed.RemoveRange(0, 500);
        }
    }

    private static LimitResult Take(SlidingWindowLog times, int second, params Quota[] quotas) => times.Acquire(quotas, Ticks(second));

    private static LimitResult Look(SlidingWindowLog times, int second, params Quota[] quotas) => times.Peek(quotas, Ticks(second));

    private static long Ticks(int second) => TimeSpan.FromDays(700_000).Ticks + (second * TimeSpan.TicksPerSecond);

    private static IEnumerable<(int Remaining, int Reset)> States(LimitResult result) =>
        result.States.Select(state => (state.Remaining, (int)state.Reset.TotalSeconds));
}

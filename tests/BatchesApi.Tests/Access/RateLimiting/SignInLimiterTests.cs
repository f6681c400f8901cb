using BatchesApi.Access.RateLimiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace BatchesApi.Tests.Access.RateLimiting;

/// <summary>The limits on failed sign-ins (specification, section 6).</summary>
public sealed class SignInLimiterTests : IDisposable
{
    private const string Right = "token";
    private const string Office = "203.0.113.1";

    private readonly InstantClock _clock = new();
    private readonly SignInLimiter _limiter;

    public SignInLimiterTests() =>
        _limiter = new SignInLimiter(
            new RateLimitStore(new InMemoryRateLimiter(_clock), redis: null, NullLogger<RateLimitStore>.Instance), _clock);

    public void Dispose() => _limiter.Dispose();

    [Fact]
    public async Task The_limit_of_an_email_applies_to_one_address_for_a_minute()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal("wrong", await TryAsync(Office, "amy", null));
        Assert.Equal("'sign-in' of 10", await TryAsync(Office, "amy", Right));
        Assert.Equal("right", await TryAsync("203.0.113.2", "amy", Right));
        Assert.Equal("right", await TryAsync(Office, "bob", Right));

        _clock.Now += TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1);
        Assert.Equal("'sign-in' of 10", await TryAsync(Office, "amy", Right));
        _clock.Now += TimeSpan.FromTicks(1);
        Assert.Equal("right", await TryAsync(Office, "amy", Right));
    }

    [Fact]
    public async Task The_limit_of_an_address_applies_to_every_email()
    {
        for (var i = 0; i < 30; i++)
            Assert.Equal("wrong", await TryAsync(Office, $"user{i}", null));
        Assert.Equal("'sign-in-address' of 30", await TryAsync(Office, "amy", Right));
        Assert.Equal("right", await TryAsync("203.0.113.2", "amy", Right));
    }

    [Fact]
    public async Task Successful_and_rejected_sign_ins_do_not_count()
    {
        for (var i = 0; i < 40; i++)
            Assert.Equal("right", await TryAsync(Office, "amy", Right));
        for (var i = 0; i < 10; i++)
            Assert.Equal("wrong", await TryAsync(Office, "amy", null));
        for (var i = 0; i < 100; i++, _clock.Now += TimeSpan.FromSeconds(0.5))
            Assert.Equal("'sign-in' of 10", await TryAsync(Office, "amy", null));
        _clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal("right", await TryAsync(Office, "amy", Right));
        Assert.Equal("wrong", await TryAsync(Office, "bob", null));
    }

    [Fact]
    public async Task Failures_from_all_addresses_delay_sign_ins_but_reject_none()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal("wrong", await TryAsync($"203.0.113.{i}", "amy", null));
        Assert.Equal([0.1, 0.2, 0.4, 0.8, .. Enumerable.Repeat(1.6, 93)], _clock.TakeDelays());

        // The right password waits like a wrong one, and other users do not wait.
        Assert.Equal("right", await TryAsync("198.51.100.1", "amy", Right));
        Assert.Equal([1.6], _clock.TakeDelays());
        Assert.Equal("wrong", await TryAsync("203.0.113.1", "bob", null));
        Assert.Empty(_clock.TakeDelays());

        _clock.Now += TimeSpan.FromMinutes(1);
        Assert.Equal("right", await TryAsync("198.51.100.1", "amy", Right));
        Assert.Empty(_clock.TakeDelays());
    }

    [Fact]
    public async Task Sign_ins_from_one_address_run_one_after_the_other_and_do_not_delay_another_address()
    {
        var ends = new TaskCompletionSource<string?>();
        var first = _limiter.RunAsync(Office, "amy", _ => ends.Task, TestContext.Current.CancellationToken);
        var waiting = Enumerable.Range(0, SignInLimiter.QueueLimit).Select(_ => TryAsync(Office, "bob", Right)).ToList();
        Assert.Equal("too many", await TryAsync(Office, "bob", Right));
        Assert.Equal("right", await TryAsync("203.0.113.2", "bob", Right));
        Assert.All(waiting, one => Assert.False(one.IsCompleted));

        ends.SetResult(null);
        Assert.Equal((null, null), await first);
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal("right", outcome));
    }

    [Fact]
    public async Task A_sign_in_that_waits_too_long_is_rejected()
    {
        var ends = new TaskCompletionSource<string?>();
        var first = _limiter.RunAsync(Office, "amy", _ => ends.Task, TestContext.Current.CancellationToken);
        _clock.IsTimeUp = true;
        Assert.Equal("too many", await TryAsync(Office, "bob", Right));
        ends.SetResult(null);
        await first;
    }

    [Fact]
    public async Task Cancelled_sign_ins_release_their_turn()
    {
        using var cancellation = new CancellationTokenSource();
        var first = _limiter.RunAsync<string>(
            Office,
            "amy",
            async cancellation =>
            {
                await Task.Delay(Timeout.Infinite, cancellation);
                return null;
            },
            cancellation.Token);
        var waiting = _limiter.RunAsync(Office, "amy", _ => Task.FromResult<string?>(Right), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _limiter.RunAsync<string>(
                Office, "amy", _ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));
        Assert.Equal("right", await TryAsync(Office, "amy", Right));
    }

    private async Task<string> TryAsync(string address, string email, string? token)
    {
        var (given, rejection) =
            await _limiter.RunAsync(address, email, _ => Task.FromResult(token), TestContext.Current.CancellationToken);
        if (rejection is null)
            return given is null ? "wrong" : "right";
        Assert.Null(given);
        Assert.Equal(429, rejection.Code.Status);
        Assert.InRange(rejection.RetryAfter!.Value, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
        return rejection.Detail.StartsWith("The limit ", StringComparison.Ordinal)
            ? rejection.Detail["The limit ".Length..rejection.Detail.IndexOf(" failed", StringComparison.Ordinal)]
            : "too many";
    }

    /// <summary>A manual clock. Short delays end immediately, longer ones only if <see cref="IsTimeUp"/>.</summary>
    private sealed class InstantClock : TimeProvider
    {
        private List<double> _delays = [];

        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public bool IsTimeUp { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => (Now - DateTimeOffset.UnixEpoch).Ticks;

        public List<double> TakeDelays() => Interlocked.Exchange(ref _delays, []);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var isDelay = dueTime < TimeSpan.FromSeconds(2);
            if (isDelay)
                _delays.Add(dueTime.TotalSeconds);
            if (isDelay || IsTimeUp)
                callback(state);
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}

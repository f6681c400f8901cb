using BatchesApi.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BatchesApi.Tests.Storage;

public sealed class RestartingServiceTests
{
    private readonly SkippingClock _clock = new();
    private readonly ErrorLog _log = new();

    [Fact]
    public async Task A_service_that_fails_is_restarted_after_pauses_that_grow_to_a_minute()
    {
        var runs = 0;
        await RunAsync(_ => ++runs <= 8 ? throw new InvalidOperationException($"failure {runs}") : Task.CompletedTask);

        Assert.Equal(9, runs);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], _clock.Pauses.Select(pause => pause.TotalSeconds));
        Assert.Equal(8, _log.Entries.Count);
        Assert.Equal("Error The background service TestService failed. It is restarted in 1 s. failure 1", _log.Entries[0]);
    }

    [Fact]
    public async Task The_pause_is_short_again_after_a_minute_without_failure()
    {
        var runs = 0;
        await RunAsync(_ =>
        {
            if (++runs == 4)
                _clock.Skip(TimeSpan.FromMinutes(1));
            return runs <= 5 ? throw new InvalidOperationException() : Task.CompletedTask;
        });

        Assert.Equal([1, 2, 4, 1, 2], _clock.Pauses.Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_stop_is_a_failure_too()
    {
        var runs = 0;
        await RunAsync(_ => ++runs == 1 ? throw new OperationCanceledException() : Task.CompletedTask);

        Assert.Equal(2, runs);
        Assert.Single(_log.Entries);
    }

    [Fact]
    public async Task A_service_that_is_stopped_ends_without_an_error()
    {
        using var waiting = new TestService(stopping => Task.Delay(Timeout.Infinite, stopping), _clock, _log);
        using var failing = new TestService(
            async stopping =>
            {
                await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new InvalidOperationException("The connection is closed.");
            },
            _clock,
            _log);
        foreach (var service in (TestService[])[waiting, failing])
        {
            await service.StartAsync(TestContext.Current.CancellationToken);
            await service.Started;
            await service.StopAsync(TestContext.Current.CancellationToken);
            Assert.True(service.ExecuteTask!.IsCompletedSuccessfully);
        }
        Assert.DoesNotContain(_log.Entries, entry => !entry.StartsWith("Debug", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_background_service_of_the_server_is_restarted() => Assert.All(
        typeof(RestartingService).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(BackgroundService)) && type != typeof(RestartingService)),
        type => Assert.True(type.IsSubclassOf(typeof(RestartingService)), type.Name));

    private async Task RunAsync(Func<CancellationToken, Task> run)
    {
        using var service = new TestService(run, _clock, _log);
        await service.StartAsync(TestContext.Current.CancellationToken);
        await service.ExecuteTask!;
    }

    private sealed class TestService(Func<CancellationToken, Task> run, TimeProvider clock, ILogger log) : RestartingService(clock, log)
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        protected override Task RunAsync(CancellationToken stoppingToken)
        {
            _started.TrySetResult();
            return run(stoppingToken);
        }
    }

    /// <summary>A clock that skips each pause, and records it.</summary>
    private sealed class SkippingClock : TimeProvider
    {
        private long _now;

        public List<TimeSpan> Pauses { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Skip(TimeSpan time) => _now += time.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            Skip(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private sealed class ErrorLog : ILogger
    {
        public List<string> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add($"{logLevel} {formatter(state, exception)} {exception?.Message}");
    }
}

using BatchesApi.Concurrency;
using BatchesApi.Querying;

namespace BatchesApi.Tests.Querying;

public sealed class ScanGateTests : IDisposable
{
    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    private readonly ScanGate _gate;

    public ScanGateTests() => _gate = new ScanGate(new FairLimiterOptions(LimitedResource.Scans, PerAccount: 1, Total: 4, TimeSpan.FromMinutes(1)), _clock);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Until_one_was_quick_lists_of_an_account_wait_for_each_other()
    {
        var first = Begin(account: 1);
        var second = Begin(account: 1);
        var other = Begin(account: 2);
        Assert.Equal((true, false, true), (first.HasBegun, second.HasBegun, other.HasBegun));

        await EndAsync(first, after: TimeSpan.FromMilliseconds(50));
        await second.Begun.Task;
        Assert.True(Begin(account: 1).HasBegun);
        Assert.False(Begin(account: 2).HasBegun);
    }

    [Fact]
    public async Task A_slow_list_has_others_wait_again()
    {
        await EndAsync(Begin(account: 1), after: TimeSpan.FromMilliseconds(50));
        var (slow, alsoSlow) = (Begin(account: 1), Begin(account: 1));
        Assert.True(alsoSlow.HasBegun);
        await EndAsync(slow, after: TimeSpan.FromMilliseconds(500));

        Assert.True(Begin(account: 1).HasBegun);
        Assert.False(Begin(account: 1).HasBegun);
    }

    [Fact]
    public async Task A_quick_list_is_trusted_for_a_second()
    {
        await EndAsync(Begin(account: 1), after: TimeSpan.FromMilliseconds(50));
        _clock.Now += TimeSpan.FromSeconds(1);

        Assert.True(Begin(account: 1).HasBegun);
        Assert.False(Begin(account: 1).HasBegun);
    }

    private Run Begin(int account)
    {
        var run = new Run();
        run.Running = _gate.RunAsync(
            account,
            async () =>
            {
                run.Begun.SetResult();
                await run.End.Task;
                return true;
            },
            TestContext.Current.CancellationToken);
        return run;
    }

    private async Task EndAsync(Run run, TimeSpan after)
    {
        _clock.Now += after;
        run.End.SetResult();
        await run.Running;
    }

    private sealed class Run
    {
        public TaskCompletionSource Begun { get; } = new();

        public TaskCompletionSource End { get; } = new();

        public Task Running { get; set; } = Task.CompletedTask;

        public bool HasBegun => Begun.Task.IsCompleted;
    }
}

using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

public sealed class ScanLimiterTests : IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);

    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);
    private readonly ListStatisticsCache _statistics = new();
    private readonly ScanLimiter _limiter;

    public ScanLimiterTests() =>
        _limiter = new ScanLimiter(
            new FairLimiterOptions(LimitedResource.Lists, PerAccount: 1, Total: 4, TimeSpan.FromMinutes(1)), _statistics, _clock);

    /// <inheritdoc/>
    public void Dispose()
    {
        _limiter.Dispose();
        _statistics.Dispose();
    }

    [Fact]
    public async Task Lists_of_an_account_take_turns_and_other_accounts_do_not_wait()
    {
        var first = Begin(account: 1);
        var second = Begin(account: 1);
        Assert.Equal((true, false, true), (first.HasBegun, second.HasBegun, Begin(account: 2).HasBegun));

        await EndAsync(first, Slow);
        await second.Begun.Task;
        Assert.False(Begin(account: 1).HasBegun);
    }

    [Fact]
    public async Task A_list_that_was_quick_does_not_wait_when_it_is_repeated()
    {
        await EndAsync(Begin(account: 1), Quick);

        Assert.True(Begin(account: 1).HasBegun);
        Assert.True(Begin(account: 1).HasBegun);
    }

    [Fact]
    public async Task A_quick_list_does_not_admit_other_lists_of_its_account()
    {
        await EndAsync(Begin(account: 1), Quick);

        Assert.True(Begin(account: 1, assignee: "ben").HasBegun);
        Assert.False(Begin(account: 1, assignee: "carl").HasBegun);
        Assert.False(Begin(account: 1, count: CountMode.Exact).HasBegun);
    }

    [Fact]
    public async Task A_list_that_failed_is_not_known_to_be_quick()
    {
        var failed = Begin(account: 1);
        failed.End.SetException(new InvalidOperationException());
        await Assert.ThrowsAsync<InvalidOperationException>(() => failed.Running);

        Assert.True(Begin(account: 1).HasBegun);
        Assert.False(Begin(account: 1).HasBegun);
    }

    private Run Begin(int account, string assignee = "amy", CountMode count = CountMode.None)
    {
        var run = new Run();
        var where = new Comparison(BatchFields.Assignee, ComparisonOperator.Equal, assignee);
        var plan = new ListPlan(
            account, Deleted: false, where, [new OrderKey(BatchFields.Id, Descending: true)], After: null, Page: 1, Limit: 20, count,
            FieldSet.All);
        run.Running = _limiter.RunAsync(
            plan,
            plan.Extent,
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

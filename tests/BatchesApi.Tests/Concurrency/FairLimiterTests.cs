using BatchesApi.Concurrency;

namespace BatchesApi.Tests.Concurrency;

public sealed class FairLimiterTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_at_its_limit_is_rejected_after_the_wait_and_others_are_not()
    {
        using var limiter = Create(perAccount: 2, total: 4, Short);
        using var first = await AcquireAsync(limiter, account: 1);
        using var second = await AcquireAsync(limiter, account: 1);

        var refused = await Assert.ThrowsAsync<ConcurrencyLimitException>(() => AcquireAsync(limiter, account: 1));
        Assert.True(refused.IsAccountLimit);
        using var other = await AcquireAsync(limiter, account: 2);
    }

    [Fact]
    public async Task Every_account_is_rejected_after_the_wait_if_the_total_is_in_use()
    {
        using var limiter = Create(perAccount: 2, total: 2, Short);
        using var first = await AcquireAsync(limiter, account: 1);
        using var second = await AcquireAsync(limiter, account: 2);

        var refused = await Assert.ThrowsAsync<ConcurrencyLimitException>(() => AcquireAsync(limiter, account: 3));
        Assert.False(refused.IsAccountLimit);
    }

    [Fact]
    public async Task A_released_permit_goes_to_the_waiting_caller()
    {
        using var limiter = Create(perAccount: 1, total: 1, Long);
        var first = await AcquireAsync(limiter, account: 1);
        var waiting = AcquireAsync(limiter, account: 1);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        (await waiting).Dispose();
        (await AcquireAsync(limiter, account: 2)).Dispose();
    }

    [Fact]
    public async Task Accounts_take_turns_however_many_callers_of_one_account_wait()
    {
        using var limiter = Create(perAccount: 10, total: 1, Long);
        var held = await AcquireAsync(limiter, account: 9);
        var order = new List<int>();
        async Task RunAsync(int account)
        {
            using var lease = await AcquireAsync(limiter, account);
            order.Add(account);
        }

        List<Task> waiting = [.. Enumerable.Range(0, 5).Select(_ => RunAsync(1))];
        waiting.AddRange([RunAsync(2), RunAsync(3)]);
        held.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal([1, 2, 3, 1, 1, 1, 1], order);
    }

    [Fact]
    public async Task A_cancelled_caller_leaves_the_queue_and_holds_no_permit()
    {
        using var limiter = Create(perAccount: 2, total: 1, Long);
        var held = await AcquireAsync(limiter, account: 1);
        using var away = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var gone = limiter.AcquireAsync(2, 1, away.Token).AsTask();
        var next = AcquireAsync(limiter, account: 2);
        await away.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        held.Dispose();
        (await next).Dispose();

        using var one = await AcquireAsync(limiter, account: 1);
    }

    [Fact]
    public async Task More_permits_than_the_account_limit_count_as_the_limit()
    {
        using var limiter = Create(perAccount: 4, total: 8, Short);
        using var large = await limiter.AcquireAsync(1, 100, Cancellation);
        await Assert.ThrowsAsync<ConcurrencyLimitException>(() => AcquireAsync(limiter, account: 1));
        using var other = await limiter.AcquireAsync(2, 4, Cancellation);
    }

    private static FairLimiter Create(int perAccount, int total, TimeSpan wait) =>
        new(new FairLimiterOptions(LimitedResource.Lists, perAccount, total, wait));

    private static Task<IDisposable> AcquireAsync(FairLimiter limiter, int account) =>
        limiter.AcquireAsync(account, 1, Cancellation).AsTask();
}

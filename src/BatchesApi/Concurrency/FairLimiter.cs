using System.Threading.RateLimiting;

namespace BatchesApi.Concurrency;

/// <summary>Bounds what is in use at the same time, for each account and in total. Callers beyond a bound wait for a limited time, first for their account,
/// then for the total, which accounts get in turn: an account with a hundred callers delays another account's only one by one of them.</summary>
internal sealed class FairLimiter : IDisposable
{
    private readonly FairLimiterOptions _options;
    private readonly PartitionedRateLimiter<int> _accounts;

    // Only one caller of each account waits for the total: its queue is then a queue of accounts.
    private readonly PartitionedRateLimiter<int> _turns;
    private readonly ConcurrencyLimiter _total;

    /// <summary>Creates a limiter with nothing in use.</summary>
    public FairLimiter(FairLimiterOptions options)
    {
        _options = options;
        _accounts = CreatePartitioned(options.PerAccount);
        _turns = CreatePartitioned(permits: 1);
        _total = new ConcurrencyLimiter(OptionsOf(options.Total));
    }

    /// <summary>Acquires permits, immediately if they are free.</summary>
    /// <param name="accountId">The account that they count for.</param>
    /// <param name="permits">How many. More than the account may have count as all that it may have.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Releases the permits when it is disposed.</returns>
    /// <exception cref="ConcurrencyLimitException">They were not free in time.</exception>
    public ValueTask<IDisposable> AcquireAsync(int accountId, int permits, CancellationToken cancellation)
    {
        permits = Math.Min(permits, _options.PerAccount);
        var account = _accounts.AttemptAcquire(accountId, permits);
        if (account.IsAcquired && _total.AttemptAcquire(permits) is { IsAcquired: true } total)
            return new(new Lease(account, total));
        return WaitAsync(account, accountId, permits, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _accounts.Dispose();
        _turns.Dispose();
        _total.Dispose();
    }

    private async ValueTask<IDisposable> WaitAsync(RateLimitLease account, int accountId, int permits, CancellationToken cancellation)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        wait.CancelAfter(_options.Wait);
        try
        {
            if (!account.IsAcquired)
                account = await _accounts.AcquireAsync(accountId, permits, wait.Token);
            using var turn = await _turns.AcquireAsync(accountId, 1, wait.Token);
            return new Lease(account, await _total.AcquireAsync(permits, wait.Token));
        }
        catch (OperationCanceledException)
        {
            account.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new ConcurrencyLimitException(_options, isAccountLimit: !account.IsAcquired);
        }
    }

    private static PartitionedRateLimiter<int> CreatePartitioned(int permits) =>
        PartitionedRateLimiter.Create<int, int>(accountId => RateLimitPartition.GetConcurrencyLimiter(accountId, _ => OptionsOf(permits)));

    /// <summary>The queue has no bound of its own: its callers leave it when their time is over.</summary>
    private static ConcurrencyLimiterOptions OptionsOf(int permits) =>
        new() { PermitLimit = permits, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };

    private sealed class Lease(RateLimitLease account, RateLimitLease total) : IDisposable
    {
        public void Dispose()
        {
            total.Dispose();
            account.Dispose();
        }
    }
}

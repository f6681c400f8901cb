using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace BatchesApi.Concurrency;

/// <summary>Bounds what is in use at the same time, for each account and in total. Callers beyond a bound wait for a limited time, first for their account,
/// then for the total, which accounts get in turn: an account with a hundred callers delays another account's only one by one of them.</summary>
internal sealed class FairLimiter : IDisposable
{
    private readonly FairLimiterOptions _options;
    private readonly ConcurrencyLimiter _total;

    // Kept for as long as the process runs: they are small, and there are no more than accounts.
    private readonly ConcurrentDictionary<int, Account> _accounts = new();

    /// <summary>Creates a limiter with nothing in use.</summary>
    public FairLimiter(FairLimiterOptions options)
    {
        _options = options;
        _total = Create(options.Total);
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
        var account = _accounts.GetOrAdd(accountId, static (_, options) => new Account(Create(options.PerAccount), Create(1)), _options);
        var share = account.Share.AttemptAcquire(permits);
        if (share.IsAcquired && _total.AttemptAcquire(permits) is { IsAcquired: true } total)
            return new(new Lease(share, total));
        return WaitAsync(account, share, permits, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _total.Dispose();
        foreach (var account in _accounts.Values)
            account.Dispose();
    }

    private async ValueTask<IDisposable> WaitAsync(Account account, RateLimitLease share, int permits, CancellationToken cancellation)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        wait.CancelAfter(_options.Wait);
        try
        {
            if (!share.IsAcquired)
                share = await account.Share.AcquireAsync(permits, wait.Token);
            using var turn = await account.Turn.AcquireAsync(1, wait.Token);
            return new Lease(share, await _total.AcquireAsync(permits, wait.Token));
        }
        catch (OperationCanceledException)
        {
            share.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new ConcurrencyLimitException(_options, isAccountLimit: !share.IsAcquired);
        }
    }

    /// <summary>Creates a limiter. Its queue has no bound of its own: callers leave it when their time is over.</summary>
    private static ConcurrencyLimiter Create(int permits) =>
        new(new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    /// <summary>The limiters of an account.</summary>
    /// <param name="Share">Bounds what the account may have.</param>
    /// <param name="Turn">Lets one caller of the account wait for the total, whose queue is then a queue of accounts.</param>
    private sealed record Account(ConcurrencyLimiter Share, ConcurrencyLimiter Turn) : IDisposable
    {
        public void Dispose()
        {
            Share.Dispose();
            Turn.Dispose();
        }
    }

    private sealed class Lease(RateLimitLease share, RateLimitLease total) : IDisposable
    {
        public void Dispose()
        {
            total.Dispose();
            share.Dispose();
        }
    }
}

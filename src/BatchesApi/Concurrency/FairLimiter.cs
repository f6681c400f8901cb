using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace BatchesApi.Concurrency;

/// <summary>Limits concurrent use per account and in total. Callers beyond a limit wait for a limited time, first for their account, then
/// for the total. Accounts take turns: one with a hundred waiting callers delays the only caller of another account by one of them
/// (docs/decisions/0010-isolation.md).</summary>
internal sealed class FairLimiter : IDisposable
{
    private readonly FairLimiterOptions _options;
    private readonly ConcurrencyLimiter _total;

    // Never removed: they are small, and there is one per account.
    private readonly ConcurrentDictionary<int, Account> _accounts = new();

    public FairLimiter(FairLimiterOptions options)
    {
        _options = options;
        _total = Create(options.Total);
    }

    /// <summary>Acquires permits, immediately if they are free.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="permits">The number of permits. A number above the account's limit counts as that limit.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>A lease that releases the permits when it is disposed.</returns>
    /// <exception cref="ConcurrencyLimitException">The permits were not free in time.</exception>
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

    /// <summary>Creates a limiter. Its queue needs no limit, because callers leave it when their time is over.</summary>
    private static ConcurrencyLimiter Create(int permits) =>
        new(new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = int.MaxValue });

    /// <summary>The limiters of an account.</summary>
    /// <param name="Share">The account's limit.</param>
    /// <param name="Turn">Lets one caller of the account wait for the total, so that its queue is a queue of accounts.</param>
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

/// <summary>The limits of a <see cref="FairLimiter"/>.</summary>
/// <param name="Resource">The limited resource.</param>
/// <param name="PerAccount">Permits per account: at least 1, at most <paramref name="Total"/>.</param>
/// <param name="Total">Permits for all accounts together.</param>
/// <param name="Wait">How long a caller waits for permits.</param>
internal sealed record FairLimiterOptions(LimitedResource Resource, int PerAccount, int Total, TimeSpan Wait);

/// <summary>A resource with a <see cref="FairLimiter"/>.</summary>
internal enum LimitedResource
{
    /// <summary>Lists in flight.</summary>
    Lists,

    /// <summary>Creates of many batches in flight.</summary>
    BulkWrites,

    /// <summary>Connections to the database, other than those of lists.</summary>
    Connections,

    /// <summary>Memory for large bodies, in KiB.</summary>
    BodyMemory,

    /// <summary>Requests that wait for changes.</summary>
    Waits,

    /// <summary>Changes of keys, users and access tokens.</summary>
    CredentialChanges,

    /// <summary>Attempts to send events to webhooks.</summary>
    WebhookAttempts,
}

/// <summary>A <see cref="FairLimiter"/> had no permit free in time.</summary>
/// <param name="options">The limits.</param>
/// <param name="isAccountLimit">Whether the account has reached its limit; otherwise the total is in use.</param>
internal sealed class ConcurrencyLimitException(FairLimiterOptions options, bool isAccountLimit)
    : Exception($"{options.Resource}: no permit was free within {options.Wait.TotalSeconds} s.")
{
    public FairLimiterOptions Options { get; } = options;

    public bool IsAccountLimit { get; } = isAccountLimit;
}

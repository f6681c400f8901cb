using System.Threading.RateLimiting;

namespace BatchesApi.Concurrency;

/// <summary>Waiting for a limiter that is made of one for each key.</summary>
internal static class PartitionedLimiters
{
    /// <summary>Creates a limiter that lets one caller in for each key.</summary>
    /// <typeparam name="T">What has a key.</typeparam>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <param name="keyOf">Gets the key.</param>
    /// <param name="queueLimit">Maximum number of callers that wait for a key.</param>
    public static PartitionedRateLimiter<T> CreateOnePerKey<T, TKey>(Func<T, TKey> keyOf, int queueLimit)
        where TKey : notnull => PartitionedRateLimiter.Create<T, TKey>(one => RateLimitPartition.GetConcurrencyLimiter(
            keyOf(one), _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = queueLimit }));

    /// <summary>Acquires a permit for a key, and waits for it for a limited time.</summary>
    /// <returns>The permit; null if it was not free in time, or too many callers wait already.</returns>
    public static async ValueTask<RateLimitLease?> AcquireWithinAsync<T>(
        this PartitionedRateLimiter<T> limiter, T one, TimeSpan wait, TimeProvider clock, CancellationToken cancellation)
    {
        using var time = new CancellationTokenSource(wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, time.Token);
        try
        {
            return await AcquireAsync(limiter, one, either.Token) is { IsAcquired: true } lease ? lease : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Acquires a permit for a key, if it is free.</summary>
    public static RateLimitLease Attempt<T>(this PartitionedRateLimiter<T> limiter, T one)
    {
        try
        {
            return limiter.AttemptAcquire(one);
        }
        catch (ObjectDisposedException)
        {
            // As below.
            return limiter.AttemptAcquire(one);
        }
    }

    private static async ValueTask<RateLimitLease> AcquireAsync<T>(PartitionedRateLimiter<T> limiter, T one, CancellationToken cancellation)
    {
        try
        {
            return await limiter.AcquireAsync(one, 1, cancellation);
        }
        catch (ObjectDisposedException)
        {
            // A key that was idle for long is removed, which may be at the moment when it was found.
            return await limiter.AcquireAsync(one, 1, cancellation);
        }
    }
}

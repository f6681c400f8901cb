using System.Threading.RateLimiting;

namespace BatchesApi.Concurrency;

/// <summary>Extends partitioned rate limiters: one permit per key, and waiting with a timeout.</summary>
internal static class PartitionedLimiters
{
    /// <summary>Creates a limiter with one permit per key.</summary>
    /// <param name="getKey">Returns the key of a resource.</param>
    /// <param name="queueLimit">Maximum number of callers that wait for a key.</param>
    public static PartitionedRateLimiter<T> CreateOnePerKey<T, TKey>(Func<T, TKey> getKey, int queueLimit)
        where TKey : notnull => PartitionedRateLimiter.Create<T, TKey>(resource => RateLimitPartition.GetConcurrencyLimiter(
            getKey(resource), _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = queueLimit }));

    /// <summary>Acquires a permit, and waits for it for a limited time.</summary>
    /// <returns>The permit, or null if it was not free in time or too many callers are already waiting.</returns>
    public static async ValueTask<RateLimitLease?> AcquireWithinAsync<T>(
        this PartitionedRateLimiter<T> limiter, T resource, TimeSpan wait, TimeProvider clock, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(wait, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await AcquireAsync(limiter, resource, linked.Token) is { IsAcquired: true } lease ? lease : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Acquires a permit if it is free.</summary>
    public static RateLimitLease Attempt<T>(this PartitionedRateLimiter<T> limiter, T resource)
    {
        try
        {
            return limiter.AttemptAcquire(resource);
        }
        catch (ObjectDisposedException)
        {
            // See AcquireAsync.
            return limiter.AttemptAcquire(resource);
        }
    }

    private static async ValueTask<RateLimitLease> AcquireAsync<T>(
        PartitionedRateLimiter<T> limiter, T resource, CancellationToken cancellation)
    {
        try
        {
            return await limiter.AcquireAsync(resource, 1, cancellation);
        }
        catch (ObjectDisposedException)
        {
            // The limiter of an idle key is removed, possibly between finding and using it. The second attempt creates another one.
            return await limiter.AcquireAsync(resource, 1, cancellation);
        }
    }
}

using BatchesApi.Concurrency;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Counts requests in Redis if it is configured and available, otherwise in the memory of this server.</summary>
internal sealed partial class RateLimitStore(InMemoryRateLimiter memory, RedisRateLimiter? redis, ILogger<RateLimitStore> log)
{
    private readonly RedisAvailability _redis = new(reason => RedisUnavailable(log, reason), () => RedisAvailable(log));

    /// <summary>Counts a request unless a quota is exceeded.</summary>
    /// <param name="partitionKey">The limited entity, such as a credential or a network address.</param>
    /// <param name="quotas">The quotas, always the same for the same partition key.</param>
    public ValueTask<RateLimitResult> AcquireAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(memory.TryAcquire(partitionKey, quotas)) : AcquireAsync(redis, partitionKey, quotas, isCounted: true);

    /// <summary>Returns the result that a request would get, without counting it.</summary>
    public ValueTask<RateLimitResult> PeekAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(memory.Peek(partitionKey, quotas)) : AcquireAsync(redis, partitionKey, quotas, isCounted: false);

    /// <summary>Removes a request from the count.</summary>
    /// <param name="partitionKey">The partition key with which it was counted.</param>
    /// <param name="counted">The result of counting it.</param>
    public async ValueTask ReturnAsync(string partitionKey, RateLimitResult counted)
    {
        if (counted.RedisMember is null)
            memory.Return(partitionKey, counted.At);
        else
            await _redis.TryAsync(() => redis!.ReturnAsync(partitionKey, counted.RedisMember));
    }

    private async ValueTask<RateLimitResult> AcquireAsync(
        RedisRateLimiter redis, string partitionKey, IReadOnlyList<Quota> quotas, bool isCounted) =>
        (await _redis.TryAsync(() => redis.AcquireAsync(partitionKey, quotas, isCounted))).Response
        ?? (isCounted ? memory.TryAcquire(partitionKey, quotas) : memory.Peek(partitionKey, quotas));

    [LoggerMessage(50, LogLevel.Warning, "Redis is unavailable: {Reason}. Meanwhile, this server counts requests separately.")]
    private static partial void RedisUnavailable(ILogger log, string reason);

    [LoggerMessage(51, LogLevel.Information, "Redis is available again.")]
    private static partial void RedisAvailable(ILogger log);
}

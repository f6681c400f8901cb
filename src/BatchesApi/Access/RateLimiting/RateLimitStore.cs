using StackExchange.Redis;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Counts requests in Redis if it is configured and available, otherwise in the memory of this server.</summary>
internal sealed partial class RateLimitStore(InMemoryRateLimiter local, RedisRateLimiter? redis, ILogger<RateLimitStore> log)
{
    private int _isRedisAway;

    /// <summary>Counts a request, unless a quota is used up.</summary>
    /// <param name="partitionKey">What is limited, such as a credential or a network address.</param>
    /// <param name="quotas">The quotas, always the same for the same partition key.</param>
    public ValueTask<LimitResult> AcquireAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(local.Acquire(partitionKey, quotas)) : AskAsync(redis, partitionKey, quotas, isCounted: true);

    /// <summary>The state of the quotas for a further request, which is not counted.</summary>
    public ValueTask<LimitResult> PeekAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(local.Peek(partitionKey, quotas)) : AskAsync(redis, partitionKey, quotas, isCounted: false);

    /// <summary>Removes a request from the count.</summary>
    /// <param name="partitionKey">The partition key with which it was counted.</param>
    /// <param name="counted">The result of counting it.</param>
    public async ValueTask ReturnAsync(string partitionKey, LimitResult counted)
    {
        if (counted.RedisMember is null)
            local.Return(partitionKey, counted.At);
        else
            await TryRedisAsync(() => redis!.ReturnAsync(partitionKey, counted.RedisMember));
    }

    private async ValueTask<LimitResult> AskAsync(RedisRateLimiter redis, string partitionKey, IReadOnlyList<Quota> quotas, bool isCounted) =>
        await TryRedisAsync(() => redis.AcquireAsync(partitionKey, quotas, isCounted))
        ?? (isCounted ? local.Acquire(partitionKey, quotas) : local.Peek(partitionKey, quotas));

    /// <summary>What Redis answers; null if it does not answer.</summary>
    private async Task<T?> TryRedisAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            var response = await ask();
            if (Interlocked.Exchange(ref _isRedisAway, 0) == 1)
                RedisAvailable(log);
            return response;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            if (Interlocked.Exchange(ref _isRedisAway, 1) == 0)
                RedisUnavailable(log, exception.Message);
            return default;
        }
    }

    [LoggerMessage(50, LogLevel.Warning, "Redis does not answer: {Reason}. Until it does, this server limits requests by its own count.")]
    private static partial void RedisUnavailable(ILogger log, string reason);

    [LoggerMessage(51, LogLevel.Information, "Redis is back.")]
    private static partial void RedisAvailable(ILogger log);
}

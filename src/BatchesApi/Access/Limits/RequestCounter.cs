using StackExchange.Redis;

namespace BatchesApi.Access.Limits;

/// <summary>Counts requests in Redis if it is configured and available, otherwise in the memory of this server.</summary>
internal sealed partial class RequestCounter(LocalLimiter local, RedisLimiter? redis, ILogger<RequestCounter> log)
{
    private int _isRedisAway;

    /// <summary>Counts a request, unless a quota is used up.</summary>
    /// <param name="partitionKey">What is limited, such as a credential or a network address.</param>
    /// <param name="quotas">The quotas, always the same for the same partition key.</param>
    public ValueTask<LimitResult> TakeAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(local.Take(partitionKey, quotas)) : AskAsync(redis, partitionKey, quotas, isCounted: true);

    /// <summary>The state of the quotas for a further request, which is not counted.</summary>
    public ValueTask<LimitResult> LookAsync(string partitionKey, IReadOnlyList<Quota> quotas) =>
        redis is null ? new(local.Look(partitionKey, quotas)) : AskAsync(redis, partitionKey, quotas, isCounted: false);

    /// <summary>Removes a request from the count.</summary>
    /// <param name="partitionKey">The partition key with which it was counted.</param>
    /// <param name="counted">The result of counting it.</param>
    public async ValueTask GiveBackAsync(string partitionKey, LimitResult counted)
    {
        if (counted.RedisMember is null)
            local.GiveBack(partitionKey, counted.At);
        else
            await TryRedisAsync(() => redis!.GiveBackAsync(partitionKey, counted.RedisMember));
    }

    private async ValueTask<LimitResult> AskAsync(RedisLimiter redis, string partitionKey, IReadOnlyList<Quota> quotas, bool isCounted) =>
        await TryRedisAsync(() => redis.AskAsync(partitionKey, quotas, isCounted))
        ?? (isCounted ? local.Take(partitionKey, quotas) : local.Look(partitionKey, quotas));

    /// <summary>What Redis answers; null if it does not answer.</summary>
    private async Task<T?> TryRedisAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            var answer = await ask();
            if (Interlocked.Exchange(ref _isRedisAway, 0) == 1)
                Back(log);
            return answer;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            if (Interlocked.Exchange(ref _isRedisAway, 1) == 0)
                Away(log, exception.Message);
            return default;
        }
    }

    [LoggerMessage(50, LogLevel.Warning, "Redis does not answer: {Reason}. Until it does, this server limits requests by its own count.")]
    private static partial void Away(ILogger log, string reason);

    [LoggerMessage(51, LogLevel.Information, "Redis is back.")]
    private static partial void Back(ILogger log);
}

using System.Globalization;
using BatchesApi.Concurrency;
using StackExchange.Redis;

namespace BatchesApi.Access.RateLimiting;

/// <summary>Counts requests in Redis, so that quotas apply to all servers together. The caller limits the time, by
/// <see cref="RedisAvailability"/>.</summary>
internal sealed class RedisRateLimiter(RedisConnection redis)
{
    /// <summary>Keeps the times of requests in a sorted set, by the clock of Redis. Arguments: the window in microseconds and the limit of
    /// each quota, and the member for the request, or '' to peek. Returns the number of requests in each window and the time until the
    /// oldest leaves it, then the 1-based index of the exceeded quota, or 0, and the time until a retry.</summary>
    private const string Script =
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local longest, exceeded, wait = 0, 0, 0
        for i = 1, #ARGV - 1, 2 do longest = math.max(longest, tonumber(ARGV[i])) end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
        for i = 1, #ARGV - 1, 2 do
            local window, limit = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
            local first = redis.call('ZREVRANGE', KEYS[1], limit - 1, limit - 1, 'WITHSCORES')
            if first[2] and first[2] + window - now > wait then
                exceeded, wait = (i + 1) / 2, first[2] + window - now
            end
        end
        if exceeded == 0 and ARGV[#ARGV] ~= '' then
            redis.call('ZADD', KEYS[1], now, ARGV[#ARGV])
            redis.call('PEXPIRE', KEYS[1], math.ceil(longest / 1000))
        end
        local result = {}
        for i = 1, #ARGV - 1, 2 do
            local window = tonumber(ARGV[i])
            local from = '(' .. string.format('%.0f', now - window)
            local first = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
            result[#result + 1] = redis.call('ZCOUNT', KEYS[1], from, '+inf')
            result[#result + 1] = first[2] and first[2] + window - now or 0
        end
        result[#result + 1] = exceeded
        result[#result + 1] = wait
        return result
        """;

    /// <summary>As <see cref="InMemoryRateLimiter.TryAcquire"/>, or <see cref="InMemoryRateLimiter.Peek"/> unless <paramref
    /// name="isCounted"/>.</summary>
    /// <exception cref="RedisException">Redis is unavailable.</exception>
    public async Task<RateLimitResult> AcquireAsync(string partitionKey, IReadOnlyList<Quota> quotas, bool isCounted)
    {
        // Two requests may arrive in the same microsecond.
        var member = isCounted ? Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture) : null;
        RedisValue[] arguments =
        [
            .. quotas.SelectMany(quota => new RedisValue[] { (long)quota.Window.TotalMicroseconds, quota.Limit }),
            member ?? "",
        ];

        var response = await redis.Database.ScriptEvaluateAsync(Script, [GetKey(partitionKey)], arguments);
        var result = (long[])response!;
        var states = quotas.Select((quota, i) =>
            new QuotaState(quota, (int)Math.Max(0, quota.Limit - result[2 * i]), TimeSpan.FromMicroseconds(result[(2 * i) + 1]))).ToList();
        var exceeded = result[^2] == 0 ? null : quotas[(int)result[^2] - 1];
        return new RateLimitResult(states, exceeded, TimeSpan.FromMicroseconds(result[^1])) { RedisMember = member };
    }

    /// <summary>As <see cref="InMemoryRateLimiter.Return"/>.</summary>
    /// <exception cref="RedisException">Redis is unavailable.</exception>
    public Task<bool> ReturnAsync(string partitionKey, string member) =>
        redis.Database.SortedSetRemoveAsync(GetKey(partitionKey), member);

    private static string GetKey(string partitionKey) => $"batches:limits:{partitionKey}";
}

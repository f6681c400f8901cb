using System.Collections.Concurrent;
using System.Globalization;
using BatchesApi.Concurrency;
using StackExchange.Redis;

namespace BatchesApi.Storage.Replicas;

/// <summary>The last write of each account, by the id of its transaction. With Redis, those of all servers.</summary>
/// <param name="redis">The Redis of all servers, or null.</param>
/// <param name="log">The log.</param>
internal sealed partial class WritePositions(RedisConnection? redis, ILogger<WritePositions> log)
{
    /// <summary>Longer than any replica may be behind before its operator notices.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>Stores a transaction id unless a later one is stored. Arguments: the id, and its lifetime in seconds.</summary>
    private const string StoreLater =
        """
        local stored = redis.call('GET', KEYS[1])
        if not stored or tonumber(stored) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
        return 1
        """;

    private readonly ConcurrentDictionary<int, ulong> _ofAccounts = new();
    private ulong _minimum;
    private readonly RedisAvailability _availability = new(reason => RedisUnavailable(log, reason), () => RedisAvailable(log));

    /// <summary>Sets the position that every account has at least: all that was committed before this server started.</summary>
    public void SetMinimum(ulong transactionId) => Volatile.Write(ref _minimum, transactionId);

    /// <summary>Records a write after its commit and before its response.</summary>
    public async ValueTask RecordAsync(int accountId, ulong transactionId)
    {
        _ofAccounts.AddOrUpdate(accountId, static (_, id) => id, static (_, last, id) => Math.Max(last, id), transactionId);
        if (redis is null)
            return;
        RedisValue[] arguments = [transactionId.ToString(CultureInfo.InvariantCulture), (long)Lifetime.TotalSeconds];
        await _availability.TryAsync(() => redis.Database.ScriptEvaluateAsync(StoreLater, [GetKey(accountId)], arguments));
    }

    /// <summary>Returns the last write of an account through this server.</summary>
    public ulong Get(int accountId)
    {
        var minimum = Volatile.Read(ref _minimum);
        return _ofAccounts.TryGetValue(accountId, out var last) ? Math.Max(last, minimum) : minimum;
    }

    /// <summary>Returns the last write of an account through any server that uses the same Redis.</summary>
    /// <returns>The id of its transaction; null if Redis does not respond.</returns>
    public async ValueTask<ulong?> FindAsync(int accountId)
    {
        var own = Get(accountId);
        if (redis is null)
            return own;
        var (hasResponded, stored) = await _availability.TryAsync(() => redis.Database.StringGetAsync(GetKey(accountId)));
        return !hasResponded ? null
            : ulong.TryParse((string?)stored, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? Math.Max(own, last)
            : own;
    }

    private static string GetKey(int accountId) => string.Create(CultureInfo.InvariantCulture, $"batches:writes:{accountId}");

    [LoggerMessage(52, LogLevel.Warning,
        "Redis is unavailable: {Reason}. Meanwhile, the primary serves all reads of this server, and replicas may serve other servers "
            + "older states.")]
    private static partial void RedisUnavailable(ILogger log, string reason);

    [LoggerMessage(53, LogLevel.Information, "Redis is available again: replicas serve reads.")]
    private static partial void RedisAvailable(ILogger log);
}

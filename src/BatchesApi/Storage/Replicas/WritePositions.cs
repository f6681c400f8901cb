using System.Collections.Concurrent;
using System.Globalization;
using BatchesApi.Concurrency;
using StackExchange.Redis;

namespace BatchesApi.Storage.Replicas;

/// <summary>The last write of each account, by the id of its transaction. With Redis, those of all servers.</summary>
/// <remarks>Redis also has an epoch, a random text. A server that could not share a write replaces it, and it is missing if Redis has lost
/// its data. A server that finds another epoch than it knows reads from the primary, until it knows a transaction before which everything
/// was committed.</remarks>
/// <param name="redis">The Redis of all servers, or null.</param>
/// <param name="log">The log.</param>
internal sealed partial class WritePositions(RedisConnection? redis, ILogger<WritePositions> log)
{
    /// <summary>Longer than any replica may be behind before its operator notices.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private static readonly RedisKey EpochKey = "batches:writes:epoch";

    /// <summary>Stores a transaction id unless a later one is stored. Arguments: the id, and its lifetime in seconds.</summary>
    private const string StoreLater =
        """
        local stored = redis.call('GET', KEYS[1])
        if not stored or tonumber(stored) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
        return 1
        """;

    private readonly ConcurrentDictionary<int, ulong> _ofAccounts = new();
    private readonly RedisAvailability _availability = new(reason => RedisUnavailable(log, reason), () => RedisAvailable(log));
    private readonly ConcurrentDictionary<int, long> _unknown = new();
    private long _lastUnknown;
    private ulong _minimum;
    private string? _epoch;
    private bool _mustReplaceEpoch;

    /// <summary>Whether positions are unknown, so that the primary serves reads.</summary>
    public bool IsIncomplete => Volatile.Read(ref _epoch) is null || Volatile.Read(ref _mustReplaceEpoch) || !_unknown.IsEmpty;

    /// <summary>The accounts with a write whose outcome is unknown, each with the number of the last one.</summary>
    public IReadOnlyList<KeyValuePair<int, long>> UnknownAccounts => [.. _unknown];

    /// <summary>Records that the outcome of a write is unknown.</summary>
    public void SetUnknown(int accountId) => _unknown[accountId] = Interlocked.Increment(ref _lastUnknown);

    /// <summary>Records a write after its commit and before its response.</summary>
    public async ValueTask RecordAsync(int accountId, ulong transactionId)
    {
        _ofAccounts.AddOrUpdate(accountId, static (_, id) => id, static (_, last, id) => Math.Max(last, id), transactionId);
        if (redis is null)
            return;
        RedisValue[] arguments = [transactionId.ToString(CultureInfo.InvariantCulture), (long)Lifetime.TotalSeconds];
        var (hasResponded, _) = await _availability.TryAsync(
            () => redis.Database.ScriptEvaluateAsync(StoreLater, [GetKey(accountId)], arguments));
        if (!hasResponded)
            Volatile.Write(ref _mustReplaceEpoch, true);
    }

    /// <summary>Returns the last write of an account through this server.</summary>
    public ulong Get(int accountId)
    {
        if (Volatile.Read(ref _epoch) is null || _unknown.ContainsKey(accountId))
            return ulong.MaxValue;
        var minimum = Volatile.Read(ref _minimum);
        return _ofAccounts.TryGetValue(accountId, out var last) ? Math.Max(last, minimum) : minimum;
    }

    /// <summary>Returns the last write of an account through any server that uses the same Redis.</summary>
    /// <returns>The id of its transaction; null if it is unknown.</returns>
    public async ValueTask<ulong?> FindAsync(int accountId)
    {
        var own = Get(accountId);
        if (redis is null)
            return own;
        var (hasResponded, stored) =
            await _availability.TryAsync(() => redis.Database.StringGetAsync([GetKey(accountId), EpochKey]));
        if (!hasResponded)
            return null;
        if ((string?)stored![1] != Volatile.Read(ref _epoch))
        {
            Volatile.Write(ref _epoch, null);
            return null;
        }
        return ulong.TryParse((string?)stored[0], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? Math.Max(own, last)
            : own;
    }

    /// <summary>Reads the epoch, before a transaction that is later than all of it. Replaces it if this server could not share a
    /// write.</summary>
    /// <returns>The epoch; null if Redis does not respond.</returns>
    public async Task<string?> ReadEpochAsync()
    {
        if (redis is null)
            return "";
        var epoch = Guid.NewGuid().ToString("N");
        var replaces = Volatile.Read(ref _mustReplaceEpoch);
        Volatile.Write(ref _mustReplaceEpoch, false);
        var (hasResponded, stored) = await _availability.TryAsync(async () =>
        {
            await redis.Database.StringSetAsync(EpochKey, epoch, when: replaces ? When.Always : When.NotExists);
            return await redis.Database.StringGetAsync(EpochKey);
        });
        if (!hasResponded && replaces)
            Volatile.Write(ref _mustReplaceEpoch, true);
        return hasResponded ? (string?)stored : null;
    }

    /// <summary>Sets the unknown positions.</summary>
    /// <param name="epoch">The epoch, read before the transaction.</param>
    /// <param name="accounts">The accounts whose positions were unknown.</param>
    /// <param name="transactionId">A transaction that is not earlier than any that had begun.</param>
    public async Task CompleteAsync(string epoch, IReadOnlyList<KeyValuePair<int, long>> accounts, ulong transactionId)
    {
        if (Volatile.Read(ref _epoch) != epoch)
        {
            Volatile.Write(ref _minimum, Math.Max(_minimum, transactionId));
            Volatile.Write(ref _epoch, epoch);
        }
        foreach (var account in accounts)
        {
            await RecordAsync(account.Key, transactionId);

            // Unless another write ended like this meanwhile.
            _unknown.TryRemove(account);
        }
    }

    private static RedisKey GetKey(int accountId) => string.Create(CultureInfo.InvariantCulture, $"batches:writes:{accountId}");

    [LoggerMessage(52, LogLevel.Warning,
        "Redis is unavailable: {Reason}. Meanwhile, the primary serves all reads of this server, and replicas may serve other servers "
            + "older states.")]
    private static partial void RedisUnavailable(ILogger log, string reason);

    [LoggerMessage(53, LogLevel.Information, "Redis is available again: replicas serve reads.")]
    private static partial void RedisAvailable(ILogger log);
}

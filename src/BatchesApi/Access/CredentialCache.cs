using System.Buffers.Binary;
using System.Security.Cryptography;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Finds the caller that a secret stands for, in memory where it was found moments ago.</summary>
internal sealed class CredentialCache(IMemoryCache cache, NpgsqlDataSource source, LastUsedTracker uses, TimeProvider clock)
{
    /// <summary>How long a found credential is trusted without a look: a revocation holds on every replica after this time (specification,
    /// section 6: within 30 s).</summary>
    public static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(5);

    /// <summary>How long a credential that was valid is looked up again whatever the limit of its network address (specification, section 6).</summary>
    private static readonly TimeSpan KnownDuration = TimeSpan.FromHours(1);

    private const string Query =
        """
        SELECT k.id, k.account_id, a.name, k.name, k.scope, k.policy, k.expires_at, u.email, u.scope
        FROM api_keys AS k JOIN accounts AS a ON a.id = k.account_id LEFT JOIN users AS u ON u.id = k.user_id
        WHERE k.hash = $1 AND k.revoked_at IS NULL AND u.disabled_at IS NULL
        """;

    /// <summary>The caller, if it was found moments ago; null where it was not, or has expired since.</summary>
    public Caller? GetCached(string secret) => Secret.HasLength(secret) && cache.TryGetValue(CacheKey.Of(secret), out Caller? caller) ? Valid(caller) : null;

    /// <summary>Whether the secret was valid on this server within the last hour.</summary>
    public bool WasValid(string secret) => Secret.HasLength(secret) && cache.TryGetValue(new KnownKey(CacheKey.Of(secret)), out _);

    /// <summary>The caller; null where the secret is mistyped, unknown, revoked or expired, or its user is disabled.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<Caller?> FindAsync(string secret, CancellationToken cancellation)
    {
        if (!Secret.IsWellFormed(secret))
            return null;
        await using var connection = await source.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
        await using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Secret.Hash(secret) });
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var caller = await row.ReadAsync(cancellation) ? Valid(ReadCaller(row)) : null;
        if (caller is null)
        {
            Evict(secret);
            return null;
        }
        var key = CacheKey.Of(secret);
        cache.Set(key, caller, CacheDuration);
        cache.Set(new KnownKey(key), true, CacheDuration + KnownDuration);
        return caller;
    }

    /// <summary>Forgets a secret that is not valid any more.</summary>
    public void Evict(string secret)
    {
        var key = CacheKey.Of(secret);
        cache.Remove(key);
        cache.Remove(new KnownKey(key));
    }

    private Caller? Valid(Caller? caller)
    {
        if (caller is null || caller.ExpiresAt <= clock.GetUtcNowMicroseconds())
            return null;
        uses.Touch(caller.CredentialId);
        return caller;
    }

    private static Caller ReadCaller(NpgsqlDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        var (id, policyText, email) = (row.GetString(0), Text(5), Text(7));
        var errors = new ValidationErrors();
        var policy = KeyPolicy.Parse(policyText, errors);
        if (errors.HasErrors)
            throw new InvalidOperationException($"The policy of key {id} is not valid any more: revoke it and make another.");
        return new Caller(
            row.GetInt32(1),
            row.GetString(2),
            id,
            IsUser: email is not null,
            email ?? row.GetString(3),
            Scopes.Parse(Text(8) ?? row.GetString(4)),
            policyText,
            policy,
            row.IsDBNull(6) ? null : row.GetDateTime(6));
    }

    /// <summary>The hash of a secret that was valid within the last hour.</summary>
    private readonly record struct KnownKey(CacheKey Key);

    /// <summary>The hash of a secret.</summary>
    private readonly record struct CacheKey(UInt128 High, UInt128 Low)
    {
        public static CacheKey Of(string secret)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            Secret.Hash(secret, hash);
            return new CacheKey(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }
    }
}

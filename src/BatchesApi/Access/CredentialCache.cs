using System.Buffers.Binary;
using System.Security.Cryptography;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Access;

/// <summary>Finds the caller of a secret, and caches it for a few seconds.</summary>
internal sealed class CredentialCache(IMemoryCache cache, CredentialReader reader, LastUsedTracker lastUsed, TimeProvider clock)
{
    /// <summary>How long a credential is cached: all replicas know of a revocation after this time (specification, section 6: within 30
    /// s).</summary>
    public static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(5);

    /// <summary>How long a credential that was valid is looked up regardless of the limit of its network address (specification, section
    /// 6).</summary>
    private static readonly TimeSpan KnownDuration = TimeSpan.FromHours(1);

    /// <summary>Returns the caller if it is cached and has not expired, or null.</summary>
    public Caller? GetCached(string secret) =>
        Secret.HasLength(secret) && cache.TryGetValue(CacheKey.FromSecret(secret), out Caller? caller) ? Validate(caller) : null;

    /// <summary>Whether the secret was valid on this server within the last hour.</summary>
    public bool WasValid(string secret) => Secret.HasLength(secret) && cache.TryGetValue(new KnownKey(CacheKey.FromSecret(secret)), out _);

    /// <summary>Looks the secret up in the database.</summary>
    /// <returns>The caller, or null if the secret is mistyped, unknown, revoked or expired, or its user is disabled.</returns>
    public async Task<Caller?> FindAsync(string secret, CancellationToken cancellation)
    {
        if (!Secret.IsWellFormed(secret))
            return null;
        var key = CacheKey.FromSecret(secret);
        var credential = await reader.FindAsync(Secret.Hash(secret), cancellation);
        if (credential is null || Validate(CreateCaller(credential)) is not { } caller)
        {
            cache.Remove(key);
            cache.Remove(new KnownKey(key));
            return null;
        }
        cache.Set(key, caller, CacheDuration);
        cache.Set(new KnownKey(key), true, CacheDuration + KnownDuration);
        return caller;
    }

    /// <summary>Removes a secret, so that it is looked up again.</summary>
    public void Evict(string secret) => cache.Remove(CacheKey.FromSecret(secret));

    /// <summary>Removes secrets, so that they are looked up again. <see cref="WasValid"/> stays: a request with a secret that a change left
    /// valid is not one without a valid credential.</summary>
    /// <param name="hashes">The hashes of the secrets.</param>
    public void Evict(IEnumerable<byte[]> hashes)
    {
        foreach (var hash in hashes)
            cache.Remove(CacheKey.FromHash(hash));
    }

    private Caller? Validate(Caller? caller)
    {
        if (caller is null || caller.ExpiresAt <= clock.GetUtcNowMicroseconds())
            return null;
        lastUsed.Touch(caller.CredentialId);
        return caller;
    }

    private static Caller CreateCaller(StoredCredential credential)
    {
        var errors = new ValidationErrors();
        var policy = KeyPolicy.Parse(credential.Policy, errors);
        if (errors.HasErrors)
            throw new InvalidOperationException($"The policy of key {credential.Id} is no longer valid: revoke it and create another.");
        return new Caller(
            credential.AccountId,
            credential.AccountName,
            credential.Id,
            IsUser: credential.Email is not null,
            credential.Email ?? credential.Name,
            credential.Scope,
            credential.Policy,
            policy,
            credential.ExpiresAt);
    }

    /// <summary>The key of a secret that was valid within the last hour.</summary>
    private readonly record struct KnownKey(CacheKey Key);

    /// <summary>The hash of a secret.</summary>
    private readonly record struct CacheKey(UInt128 High, UInt128 Low)
    {
        public static CacheKey FromSecret(string secret)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            Secret.Hash(secret, hash);
            return FromHash(hash);
        }

        public static CacheKey FromHash(ReadOnlySpan<byte> hash) =>
            new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }
}

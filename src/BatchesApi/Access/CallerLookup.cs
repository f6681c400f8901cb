using System.Buffers.Binary;
using System.Security.Cryptography;
using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Requests;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Access;

/// <summary>Finds the caller that a secret stands for, in memory where it was found moments ago.</summary>
internal sealed class CallerLookup(IMemoryCache cache, IDbContextFactory<BatchesContext> contexts, CredentialUses uses, TimeProvider clock)
{
    /// <summary>How long a found credential is trusted without a look: a revocation holds on every replica after this time (contract,
    /// section 6: within 30 s).</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private static readonly Func<BatchesContext, byte[], CancellationToken, Task<Found?>> Query =
        EF.CompileAsyncQuery((BatchesContext db, byte[] hash, CancellationToken cancellation) => (
            from key in db.ApiKeys
            join account in db.Accounts on key.AccountId equals account.Id
            join user in db.Users on key.UserId equals user.Id into users
            from user in users.DefaultIfEmpty()
            where key.Hash == hash && key.RevokedAt == null && user.DisabledAt == null
            select new Found(key, account.Name, user)).SingleOrDefault());

    /// <summary>The caller, if it was found moments ago; null where it was not, or has expired since.</summary>
    public Caller? Remembered(string secret) => Secret.HasLength(secret) && cache.TryGetValue(CacheKey.Of(secret), out Caller? caller) ? Valid(caller) : null;

    /// <summary>The caller; null where the secret is mistyped, unknown, revoked or expired, or its user is disabled.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<Caller?> FindAsync(string secret, CancellationToken cancellation)
    {
        if (!Secret.IsWellFormed(secret))
            return null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var caller = await Query(db, Secret.Hash(secret), cancellation) is { } found ? CallerOf(found) : null;
        if (caller is not null)
            cache.Set(CacheKey.Of(secret), caller, Freshness);
        return Valid(caller);
    }

    /// <summary>Forgets a secret that has just been revoked here.</summary>
    public void Forget(string secret) => cache.Remove(CacheKey.Of(secret));

    private Caller? Valid(Caller? caller)
    {
        if (caller is null || caller.ExpiresAt <= clock.Now())
            return null;
        uses.Note(caller.CredentialId);
        return caller;
    }

    private static Caller CallerOf(Found found)
    {
        var (key, account, user) = found;
        var faults = new Faults();
        var policy = KeyPolicy.Read(key.Policy, faults);
        if (faults.Any)
            throw new InvalidOperationException($"The policy of key {key.Id} is not valid any more: revoke it and make another.");
        return new Caller(
            key.AccountId,
            account,
            key.Id,
            IsUser: user is not null,
            user?.Email ?? key.Name,
            user?.Scope ?? key.Scope,
            key.Policy,
            policy,
            key.ExpiresAt);
    }

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

    private sealed record Found(ApiKey Key, string Account, User? User);
}

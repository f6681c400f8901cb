using BatchesApi.Data;
using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Access;

/// <summary>Finds the caller that a secret stands for, in memory where it was found moments ago.</summary>
internal sealed class CallerLookup(IMemoryCache cache, TimeProvider clock)
{
    /// <summary>How long a found key is trusted without a look: a revocation holds on every replica after this time (contract, section
    /// 6: within 30 s).</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private static readonly Func<BatchesContext, byte[], CancellationToken, Task<Caller?>> Query =
        EF.CompileAsyncQuery((BatchesContext db, byte[] hash, CancellationToken cancellation) => db.ApiKeys
            .Where(k => k.Hash == hash && k.RevokedAt == null)
            .Select(k => new Caller(k.AccountId, k.Id, k.Scope, k.ExpiresAt))
            .SingleOrDefault());

    /// <summary>The caller; null where the secret is mistyped, unknown, revoked or expired.</summary>
    public async ValueTask<Caller?> FindAsync(string secret, BatchesContext db, CancellationToken cancellation)
    {
        if (!Secret.IsWellFormed(secret))
            return null;
        var hash = Secret.Hash(secret);
        var key = new CacheKey(Convert.ToHexString(hash));
        if (!cache.TryGetValue(key, out Caller? caller))
        {
            caller = await Query(db, hash, cancellation);
            if (caller is not null)
                cache.Set(key, caller, Freshness);
        }
        return caller?.ExpiresAt <= clock.Now() ? null : caller;
    }

    private readonly record struct CacheKey(string Hash);
}

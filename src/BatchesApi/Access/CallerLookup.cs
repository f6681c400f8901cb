using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Requests;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace BatchesApi.Access;

/// <summary>Finds the caller that a secret stands for, in memory where it was found moments ago.</summary>
internal sealed class CallerLookup(IMemoryCache cache, CredentialUses uses, TimeProvider clock)
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

    /// <summary>The caller; null where the secret is mistyped, unknown, revoked or expired, or its user is disabled.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="db">Where to look.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async ValueTask<Caller?> FindAsync(string secret, BatchesContext db, CancellationToken cancellation)
    {
        if (!Secret.IsWellFormed(secret))
            return null;
        var hash = Secret.Hash(secret);
        var key = new CacheKey(Convert.ToHexString(hash));
        if (!cache.TryGetValue(key, out Caller? caller))
        {
            caller = await Query(db, hash, cancellation) is { } found ? CallerOf(found) : null;
            if (caller is not null)
                cache.Set(key, caller, Freshness);
        }
        if (caller is null || caller.ExpiresAt <= clock.Now())
            return null;
        uses.Note(caller.CredentialId);
        return caller;
    }

    /// <summary>Forgets a secret that has just been revoked here.</summary>
    public void Forget(string secret) => cache.Remove(new CacheKey(Convert.ToHexString(Secret.Hash(secret))));

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

    private readonly record struct CacheKey(string Hash);

    private sealed record Found(ApiKey Key, string Account, User? User);
}

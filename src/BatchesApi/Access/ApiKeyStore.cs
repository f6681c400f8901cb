using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>Creates, lists and revokes API keys and access tokens.</summary>
internal sealed class ApiKeyStore(BatchesContext db, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>How long an access token is valid (specification, section 6).</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    /// <summary>Limits concurrent writes of sign-ins and sign-outs. They may wait for a standby and hold connections that key look-ups
    /// need.</summary>
    private static readonly SemaphoreSlim Writes = new(3);

    /// <param name="account">The account.</param>
    /// <param name="name">The name.</param>
    /// <param name="scope">The scope.</param>
    /// <param name="policy">The policy as valid JSON (see <see cref="KeyPolicy"/>), or null.</param>
    /// <param name="expiresIn">The time until it expires, or null if it does not expire.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The key and its secret, of which only the hash is stored.</returns>
    public async Task<(ApiKey Key, string Secret)> CreateAsync(
        Account account, string name, Scope scope, string? policy, TimeSpan? expiresIn, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        var key = Add(secret, account.Id, name, scope, expiresIn);
        key.Policy = policy;
        await db.SaveChangesAsync(cancellation);
        return (key, secret);
    }

    /// <summary>Creates an access token, and deletes the user's expired ones.</summary>
    /// <returns>The secret.</returns>
    public async Task<string> CreateTokenAsync(User user, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.TokenPrefix);
        var token = Add(secret, user.AccountId, "access token", user.Scope, TokenLifetime);
        token.UserId = user.Id;
        return await WriteAsync(
            async () =>
            {
                await db.SaveChangesAsync(cancellation);
                await db.ApiKeys.Where(k => k.UserId == user.Id && k.ExpiresAt <= token.CreatedAt).ExecuteDeleteAsync(cancellation);
                return secret;
            },
            cancellation);
    }

    /// <summary>Returns the API keys of an account, oldest first, including revoked and expired ones.</summary>
    public Task<List<ApiKey>> ListAsync(Account account, CancellationToken cancellation) => db.ApiKeys.AsNoTracking()
        .Where(k => k.AccountId == account.Id && k.UserId == null).OrderBy(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync(cancellation);

    /// <summary>Revokes an API key or access token. All servers reject it within <see cref="CredentialCache.CacheDuration"/>. Revoking it
    /// again changes nothing.</summary>
    /// <returns>Whether it exists.</returns>
    public Task<bool> RevokeAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        return WriteAsync(
            async () => await db.ApiKeys.Where(k => k.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(k => k.RevokedAt, k => k.RevokedAt ?? now), cancellation) > 0,
            cancellation);
    }

    /// <summary>Whether the secret is that of a key of the account, not revoked.</summary>
    public Task<bool> IsValidForAsync(string secret, string accountName, CancellationToken cancellation)
    {
        var hash = Secret.Hash(secret);
        return db.ApiKeys.AnyAsync(
            k => k.Hash == hash && k.RevokedAt == null && db.Accounts.Any(a => a.Id == k.AccountId && a.Name == accountName), cancellation);
    }

    private ApiKey Add(string secret, int accountId, string name, Scope scope, TimeSpan? lifetime)
    {
        var now = clock.GetUtcNowMicroseconds();
        var key = new ApiKey
        {
            Id = ids.Next(),
            AccountId = accountId,
            Name = name,
            Prefix = Secret.DisplayPrefix(secret),
            Hash = Secret.Hash(secret),
            Scope = scope,
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        };
        db.ApiKeys.Add(key);
        return key;
    }

    private static async Task<T> WriteAsync<T>(Func<Task<T>> write, CancellationToken cancellation)
    {
        await Writes.WaitAsync(cancellation);
        try
        {
            return await write();
        }
        finally
        {
            Writes.Release();
        }
    }
}

using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>Makes, lists and revokes accounts and their API keys.</summary>
internal sealed class ApiKeyStore(BatchesContext db, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>Bounds sign-ins and sign-outs that write at the same time. They may wait for a standby, on connections of which key look-ups need the rest.</summary>
    internal static readonly SemaphoreSlim Writing = new(3);

    /// <summary>Makes an account.</summary>
    /// <returns>The account; null where the name is taken.</returns>
    public async Task<Account?> CreateAccountAsync(string name, CancellationToken cancellation)
    {
        var account = new Account { Name = name, CreatedAt = clock.GetUtcNowMicroseconds() };
        db.Accounts.Add(account);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation(AccountConfiguration.UniqueName))
        {
            return null;
        }
        return account;
    }

    /// <summary>Every account, by name.</summary>
    public Task<List<Account>> ListAccountsAsync(CancellationToken cancellation) =>
        db.Accounts.AsNoTracking().OrderBy(a => a.Name).ToListAsync(cancellation);

    /// <summary>The account of that name; null where there is none.</summary>
    public Task<Account?> FindAccountAsync(string name, CancellationToken cancellation) =>
        db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Name == name, cancellation);

    /// <summary>Makes a key.</summary>
    /// <param name="account">Whose it is.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="scope">What it may do.</param>
    /// <param name="policy">The conditions on all that it sees or changes, read without a fault; null for none.</param>
    /// <param name="expiresIn">How long it is valid; null for ever.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The key, and its secret, which is not kept.</returns>
    public async Task<(ApiKey Key, string Secret)> CreateKeyAsync(
        Account account, string name, Scope scope, string? policy, TimeSpan? expiresIn, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        var now = clock.GetUtcNowMicroseconds();
        var key = new ApiKey
        {
            Id = ids.Next(),
            AccountId = account.Id,
            Name = name,
            Prefix = Secret.DisplayPrefix(secret),
            Hash = Secret.Hash(secret),
            Scope = scope,
            Policy = policy,
            CreatedAt = now,
            ExpiresAt = now + expiresIn,
        };
        db.ApiKeys.Add(key);
        await db.SaveChangesAsync(cancellation);
        return (key, secret);
    }

    /// <summary>Every API key of an account, the oldest first, revoked and expired ones included.</summary>
    public Task<List<ApiKey>> ListKeysAsync(Account account, CancellationToken cancellation) =>
        db.ApiKeys.AsNoTracking().Where(k => k.AccountId == account.Id && k.UserId == null).OrderBy(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync(cancellation);

    /// <summary>Revokes a key; every server knows within <see cref="CredentialCache.CacheDuration"/>. Revoking again changes nothing.</summary>
    /// <returns>Whether there is such a key.</returns>
    public async Task<bool> RevokeKeyAsync(string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        await Writing.WaitAsync(cancellation);
        try
        {
            return await db.ApiKeys.Where(k => k.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(k => k.RevokedAt, k => k.RevokedAt ?? now), cancellation) > 0;
        }
        finally
        {
            Writing.Release();
        }
    }

    /// <summary>Whether the secret opens the account of that name now.</summary>
    public Task<bool> IsValidForAsync(string secret, string accountName, CancellationToken cancellation)
    {
        var hash = Secret.Hash(secret);
        return db.ApiKeys.AnyAsync(
            k => k.Hash == hash && k.RevokedAt == null && db.Accounts.Any(a => a.Id == k.AccountId && a.Name == accountName), cancellation);
    }
}

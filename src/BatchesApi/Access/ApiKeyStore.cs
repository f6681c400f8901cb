using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>An API key to create.</summary>
/// <param name="Name">The name.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Policy">The policy as valid JSON (see <see cref="KeyPolicy"/>), or null.</param>
/// <param name="ExpiresAt">The time of expiry, UTC, or null.</param>
internal sealed record NewApiKey(string Name, Scope Scope, string? Policy = null, DateTime? ExpiresAt = null);

/// <summary>The members of an API key to change.</summary>
/// <param name="Name">The name; null to keep it.</param>
/// <param name="HasExpiry">Whether to change the expiry.</param>
/// <param name="ExpiresAt">The time of expiry, UTC; null for never.</param>
internal sealed record ApiKeyPatch(string? Name, bool HasExpiry, DateTime? ExpiresAt);

/// <summary>The result of a change of an API key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Secrets">The hashes of the secrets that the key had.</param>
internal sealed record KeyChange(ApiKey Key, IReadOnlyList<byte[]> Secrets);

/// <summary>Creates, lists, changes and revokes API keys and access tokens.</summary>
internal sealed class ApiKeyStore(
    BatchesContext db, AccessAudit audit, CredentialTurns turns, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>Maximum number of keys of an account that are neither revoked nor expired: several for each of many programs. Their
    /// policies are read for each permanent deletion.</summary>
    public const int MaxActive = 1_000;

    /// <summary>How long an access token is valid (specification, section 6).</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    /// <summary>Creates an API key, unless the account has the maximum.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="request">The key.</param>
    /// <param name="by">The author.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The key and its secret, of which only the hash is stored.</returns>
    public async Task<Result<(ApiKey Key, string Secret)>> CreateAsync(
        int accountId, NewApiKey request, Actor by, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        var key = Add(secret, accountId, request.Name, request.Scope, request.ExpiresAt);
        key.Policy = request.Policy;
        audit.Record(key, AccessChange.Create, by, new MemberChanges()
            .Add("name", null, key.Name)
            .Add("scope", null, key.Scope.ToText())
            .AddPolicy(null, key.Policy)
            .Add("expiresAt", null, key.ExpiresAt)
            .Add("prefix", null, key.Prefix));
        return await turns.RunAsync<Result<(ApiKey, string)>>(
            accountId,
            async () =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
                if (await IsFullAsync(accountId, cancellation))
                    return CredentialProblems.TooManyKeys;
                await db.SaveChangesAsync(cancellation);
                await transaction.CommitAsync(cancellation);
                return (key, secret);
            },
            cancellation);
    }

    /// <summary>Creates an access token, and deletes the user's expired ones.</summary>
    /// <param name="user">The user whose password was verified.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The secret, or null if the user was disabled or got another password meanwhile.</returns>
    public async Task<string?> CreateTokenAsync(User user, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.TokenPrefix);
        return await turns.RunAsync(
            user.AccountId,
            async () =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
                if (await db.ShareUserAsync(user, cancellation) is not { DisabledAt: null } current
                    || current.PasswordHash != user.PasswordHash)
                {
                    return null;
                }
                var token = Add(
                    secret, user.AccountId, "access token", user.Scope, clock.GetUtcNowMicroseconds() + TokenLifetime);
                token.UserId = user.Id;
                await db.SaveChangesAsync(cancellation);
                await db.ApiKeys.Where(k => k.UserId == user.Id && k.ExpiresAt <= token.CreatedAt).ExecuteDeleteAsync(cancellation);
                await transaction.CommitAsync(cancellation);
                return secret;
            },
            cancellation);
    }

    /// <summary>Returns all API keys of an account, oldest first, including revoked and expired ones.</summary>
    public Task<List<ApiKey>> ListAsync(int accountId, CancellationToken cancellation) =>
        db.GetKeys(accountId).OrderBy(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync(cancellation);

    /// <summary>Changes an API key that is not revoked.</summary>
    public Task<Result<KeyChange>> UpdateAsync(
        int accountId, string id, ApiKeyPatch patch, Actor by, CancellationToken cancellation) => ChangeAsync(
        accountId,
        id,
        async key =>
        {
            if (key.RevokedAt is not null)
                return CredentialProblems.KeyRevoked;
            if (patch.HasExpiry && IsExpired(key) && await IsFullAsync(accountId, cancellation))
                return CredentialProblems.TooManyKeys;
            var (name, expiry) = (patch.Name ?? key.Name, patch.HasExpiry ? patch.ExpiresAt : key.ExpiresAt);
            var changes = new MemberChanges().Add("name", key.Name, name).Add("expiresAt", key.ExpiresAt, expiry);
            (key.Name, key.ExpiresAt) = (name, expiry);
            if (!changes.IsEmpty)
                audit.Record(key, AccessChange.Update, by, changes);
            return null;
        },
        cancellation);

    /// <summary>Gives an API key that is neither revoked nor expired a new secret.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The id of the key.</param>
    /// <param name="overlap">How long the present secret stays valid. The one before it is revoked.</param>
    /// <param name="by">The author.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The change, and the new secret.</returns>
    public async Task<(Result<KeyChange> Change, string Secret)> RotateAsync(
        int accountId, string id, TimeSpan overlap, Actor by, CancellationToken cancellation)
    {
        var secret = Secret.Create(Secret.KeyPrefix);
        var rotated = await ChangeAsync(
            accountId,
            id,
            key =>
            {
                if (key.RevokedAt is not null)
                    return Task.FromResult<Problem?>(CredentialProblems.KeyRevoked);
                if (IsExpired(key))
                    return Task.FromResult<Problem?>(CredentialProblems.KeyExpired);
                DateTime? until = overlap > TimeSpan.Zero ? clock.GetUtcNowMicroseconds() + overlap : null;
                var prefix = Secret.DisplayPrefix(secret);
                audit.Record(key, AccessChange.Rotate, by, new MemberChanges()
                    .Add("prefix", key.Prefix, prefix)
                    .Add("previousSecretExpiresAt", key.PreviousHashUntil, until));
                (key.PreviousHash, key.PreviousHashUntil) = (until is null ? null : key.Hash, until);
                (key.Hash, key.Prefix) = (Secret.Hash(secret), prefix);
                return Task.FromResult<Problem?>(null);
            },
            cancellation);
        return (rotated, secret);
    }

    /// <summary>Revokes an API key. All servers reject it within <see cref="CredentialCache.CacheDuration"/>. Revoking it again changes
    /// nothing.</summary>
    public Task<Result<KeyChange>> RevokeAsync(int accountId, string id, Actor by, CancellationToken cancellation) => ChangeAsync(
        accountId,
        id,
        key =>
        {
            if (key.RevokedAt is null)
            {
                key.RevokedAt = clock.GetUtcNowMicroseconds();
                audit.Record(key, AccessChange.Revoke, by, new MemberChanges().Add("revokedAt", null, key.RevokedAt));
            }
            return Task.FromResult<Problem?>(null);
        },
        cancellation);

    /// <summary>Revokes an API key of any account, or an access token.</summary>
    /// <returns>Whether it exists.</returns>
    public async Task<bool> RevokeAsync(string id, Actor by, CancellationToken cancellation)
    {
        var key = await db.ApiKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Id == id, cancellation);
        return key is not null
            && (key.UserId is null
                ? (await RevokeAsync(key.AccountId, id, by, cancellation)).Problem is null
                : await RevokeTokenAsync(key.AccountId, id, cancellation));
    }

    /// <summary>Revokes an access token.</summary>
    /// <returns>Whether it exists.</returns>
    public Task<bool> RevokeTokenAsync(int accountId, string id, CancellationToken cancellation)
    {
        var now = clock.GetUtcNowMicroseconds();
        return turns.RunAsync(
            accountId,
            async () => await db.ApiKeys.Where(k => k.AccountId == accountId && k.Id == id && k.UserId != null)
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

    /// <summary>Whether the account has the maximum of active keys. Other creations for the account wait until the end of the
    /// transaction.</summary>
    private async Task<bool> IsFullAsync(int accountId, CancellationToken cancellation)
    {
        await db.LockAccountAsync(accountId, cancellation);
        var now = clock.GetUtcNowMicroseconds();
        return await db.GetKeys(accountId)
            .CountAsync(k => k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now), cancellation) >= MaxActive;
    }

    private bool IsExpired(ApiKey key) => key.ExpiresAt <= clock.GetUtcNowMicroseconds();

    /// <summary>Changes a key in a transaction.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The id of the key.</param>
    /// <param name="change">Changes the key, or returns a problem and changes nothing.</param>
    /// <param name="cancellation">Cancels the work.</param>
    private Task<Result<KeyChange>> ChangeAsync(
        int accountId, string id, Func<ApiKey, Task<Problem?>> change, CancellationToken cancellation) => turns.RunAsync<Result<KeyChange>>(
        accountId,
        async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            if (await db.LockKeyAsync(accountId, id, cancellation) is not { } key)
                return CredentialProblems.KeyNotFound;
            byte[][] secrets = key.PreviousHash is { } previous ? [key.Hash, previous] : [key.Hash];
            if (await change(key) is { } problem)
                return problem;
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return new KeyChange(key, secrets);
        },
        cancellation);

    private ApiKey Add(string secret, int accountId, string name, Scope scope, DateTime? expiresAt)
    {
        var key = new ApiKey
        {
            Id = ids.Next(),
            AccountId = accountId,
            Name = name,
            Prefix = Secret.DisplayPrefix(secret),
            Hash = Secret.Hash(secret),
            Scope = scope,
            CreatedAt = clock.GetUtcNowMicroseconds(),
            ExpiresAt = expiresAt,
        };
        db.ApiKeys.Add(key);
        return key;
    }
}

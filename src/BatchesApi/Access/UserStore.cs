using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>A user to create.</summary>
/// <param name="Email">The e-mail address, in any case.</param>
/// <param name="Password">The password.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Policy">The policy as valid JSON (see <see cref="KeyPolicy"/>), or null.</param>
internal sealed record NewUser(string Email, string Password, Scope Scope, string? Policy = null);

/// <summary>The members of a user to change; null for those that stay.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="HasPolicy">Whether to change the policy.</param>
/// <param name="Policy">The policy as valid JSON, or null for none.</param>
/// <param name="Password">The password. All tokens of the user are revoked.</param>
/// <param name="IsDisabled">Whether the user is disabled. Disabling revokes all tokens of the user.</param>
internal sealed record UserPatch(
    Scope? Scope = null, bool HasPolicy = false, string? Policy = null, string? Password = null, bool? IsDisabled = null);

/// <summary>The result of a change of a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Tokens">The hashes of the access tokens that the change concerns.</param>
internal sealed record UserChange(User User, IReadOnlyList<byte[]> Tokens);

/// <summary>Creates, lists, changes and signs in users.</summary>
internal sealed class UserStore(
    BatchesContext db, ApiKeyStore keys, AccessAudit audit, CredentialTurns turns, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>Maximum number of enabled users of an account: more than the people of most companies. Their policies are read for each
    /// permanent deletion.</summary>
    public const int MaxEnabled = 10_000;

    private static readonly PasswordHasher<User> Hasher = new();

    /// <summary>Hashing occupies a core for a tenth of a second. Use at most half the cores so that sign-ins cannot starve other
    /// requests.</summary>
    private static readonly SemaphoreSlim Hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Stands in for a user that does not exist, so that the sign-in takes the same time.</summary>
    private static readonly User UnknownUser = new() { PasswordHash = Hasher.HashPassword(new User(), Guid.NewGuid().ToString()) };

    /// <summary>Creates a user, unless the e-mail address is taken or the account has the maximum.</summary>
    public async Task<Result<User>> CreateAsync(int accountId, NewUser request, Actor by, CancellationToken cancellation)
    {
        var user = new User
        {
            Id = ids.Next(),
            AccountId = accountId,
            Email = NormalizeEmail(request.Email),
            PasswordHash = await HashAsync(request.Password, cancellation),
            Scope = request.Scope,
            Policy = request.Policy,
            CreatedAt = clock.GetUtcNowMicroseconds(),
        };
        db.Users.Add(user);
        audit.Record(user, AccessChange.Create, by, new MemberChanges()
            .Add("email", null, user.Email)
            .Add("scope", null, user.Scope.ToText())
            .AddPolicy(null, user.Policy));
        try
        {
            return await turns.RunAsync<Result<User>>(
                accountId,
                async () =>
                {
                    await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
                    if (await IsFullAsync(accountId, cancellation))
                        return CredentialProblems.TooManyUsers;
                    await db.SaveChangesAsync(cancellation);
                    await transaction.CommitAsync(cancellation);
                    return user;
                },
                cancellation);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation(UserConfiguration.Table))
        {
            return CredentialProblems.CreateEmailTaken(request.Email);
        }
    }

    /// <summary>Returns all users of an account by e-mail address, including disabled ones.</summary>
    public Task<List<User>> ListAsync(int accountId, CancellationToken cancellation) =>
        db.GetUsers(accountId).OrderBy(u => u.Email).ToListAsync(cancellation);

    /// <summary>Changes a user. All servers know of it within <see cref="CredentialCache.CacheDuration"/>.</summary>
    public async Task<Result<UserChange>> UpdateAsync(int accountId, string id, UserPatch patch, Actor by, CancellationToken cancellation)
    {
        var passwordHash = patch.Password is { } password ? await HashAsync(password, cancellation) : null;
        return await ChangeAsync(
            accountId,
            id,
            async user =>
            {
                var (scope, policy) = (patch.Scope ?? user.Scope, patch.HasPolicy ? patch.Policy : user.Policy);
                if (scope == Scope.Admin && policy is not null)
                    return CredentialProblems.CreateAdminWithPolicy(patch.Scope is null ? KeyPolicy.Name : "scope");
                if (patch.IsDisabled == false && user.DisabledAt is not null && await IsFullAsync(accountId, cancellation))
                    return CredentialProblems.TooManyUsers;
                var disabledAt = patch.IsDisabled switch
                {
                    true => user.DisabledAt ?? clock.GetUtcNowMicroseconds(),
                    false => null,
                    null => user.DisabledAt,
                };
                var changes = new MemberChanges()
                    .Add("scope", user.Scope.ToText(), scope.ToText())
                    .AddPolicy(user.Policy, policy)
                    .Add("disabled", user.DisabledAt is not null, disabledAt is not null);
                if (passwordHash is not null)
                    changes.AddPassword();
                var revokesTokens = passwordHash is not null || (disabledAt is not null && user.DisabledAt is null);
                (user.Scope, user.Policy, user.DisabledAt) = (scope, policy, disabledAt);
                user.PasswordHash = passwordHash ?? user.PasswordHash;
                return (changes, revokesTokens);
            },
            by,
            keptTokenId: null,
            cancellation);
    }

    /// <summary>Disables a user of any account. All servers reject its tokens within <see cref="CredentialCache.CacheDuration"/>. Disabling
    /// it again changes nothing.</summary>
    /// <returns>Whether the user exists.</returns>
    public async Task<bool> DisableAsync(string email, Actor by, CancellationToken cancellation)
    {
        var normalized = NormalizeEmail(email);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Email == normalized, cancellation);
        if (user is null)
            return false;
        return (await UpdateAsync(user.AccountId, user.Id, new UserPatch(IsDisabled: true), by, cancellation)).Problem is null;
    }

    /// <summary>Changes the password of the user of an access token, and revokes the other tokens of the user.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="tokenId">The id of the access token.</param>
    /// <param name="current">The password that the user has.</param>
    /// <param name="password">The new password.</param>
    /// <param name="by">The user.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <returns>The change, or one of the problems <see cref="CredentialProblems.WrongPassword"/>, or
    /// <see cref="CredentialProblems.UserNotFound"/> if the token is no longer valid.</returns>
    public async Task<Result<UserChange>> ChangePasswordAsync(
        int accountId, string tokenId, string current, string password, Actor by, CancellationToken cancellation)
    {
        if (await FindByTokenAsync() is not { } user)
            return CredentialProblems.UserNotFound;
        if (!await VerifyAsync(user, current, cancellation))
            return CredentialProblems.WrongPassword;
        var verified = user.PasswordHash;
        var passwordHash = await HashAsync(password, cancellation);
        return await ChangeAsync(
            accountId,
            user.Id,
            async changed =>
            {
                // The token may have been revoked, or the password changed, after the password was verified.
                if (await FindByTokenAsync() is null)
                    return CredentialProblems.UserNotFound;
                if (changed.PasswordHash != verified)
                    return CredentialProblems.WrongPassword;
                changed.PasswordHash = passwordHash;
                return (new MemberChanges().AddPassword(), RevokesTokens: true);
            },
            by,
            tokenId,
            cancellation);

        Task<User?> FindByTokenAsync()
        {
            var now = clock.GetUtcNowMicroseconds();
            return db.GetUsers(accountId).SingleOrDefaultAsync(
                u => u.DisabledAt == null
                    && db.ApiKeys.Any(k => k.Id == tokenId && k.UserId == u.Id && k.RevokedAt == null && k.ExpiresAt > now),
                cancellation);
        }
    }

    /// <summary>Verifies a password.</summary>
    /// <returns>An access token, or null if the user is unknown or disabled or the password is wrong, which all take the same
    /// time.</returns>
    public async Task<string?> SignInAsync(string email, string password, CancellationToken cancellation)
    {
        var normalized = NormalizeEmail(email);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Email == normalized, cancellation);
        var isRight = await VerifyAsync(user ?? UnknownUser, password, cancellation);
        return user is { DisabledAt: null } && isRight ? await keys.CreateTokenAsync(user, cancellation) : null;
    }

    /// <summary>An e-mail address as it is stored and compared: case-insensitive.</summary>
    public static string NormalizeEmail(string email) => email.Trim().ToLowerInvariant();

    /// <summary>Changes a user in a transaction.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The id of the user.</param>
    /// <param name="change">Changes the user and returns what changed and whether to revoke its tokens; or returns a problem and changes
    /// nothing.</param>
    /// <param name="by">The author.</param>
    /// <param name="keptTokenId">The id of a token that is not revoked, or null.</param>
    /// <param name="cancellation">Cancels the work.</param>
    private Task<Result<UserChange>> ChangeAsync(
        int accountId,
        string id,
        Func<User, Task<Result<(MemberChanges Changes, bool RevokesTokens)>>> change,
        Actor by,
        string? keptTokenId,
        CancellationToken cancellation) => turns.RunAsync<Result<UserChange>>(
        accountId,
        async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            if (await db.LockUserAsync(accountId, id, cancellation) is not { } user)
                return CredentialProblems.UserNotFound;
            var changed = await change(user);
            if (changed.Problem is { } problem)
                return problem;
            var (changes, revokesTokens) = changed.Value;
            if (changes.IsEmpty)
                return new UserChange(user, []);
            audit.Record(user, AccessChange.Update, by, changes);
            await db.SaveChangesAsync(cancellation);
            var now = clock.GetUtcNowMicroseconds();
            var tokens = db.ApiKeys.Where(k => k.UserId == id && k.RevokedAt == null && k.Id != keptTokenId);
            var hashes = await tokens.Select(k => k.Hash).ToListAsync(cancellation);
            if (revokesTokens)
                await tokens.ExecuteUpdateAsync(set => set.SetProperty(k => k.RevokedAt, now), cancellation);
            await transaction.CommitAsync(cancellation);
            return new UserChange(user, hashes);
        },
        cancellation);

    /// <summary>Whether the account has the maximum of enabled users. Other creations for the account wait until the end of the
    /// transaction.</summary>
    private async Task<bool> IsFullAsync(int accountId, CancellationToken cancellation)
    {
        await db.LockAccountAsync(accountId, cancellation);
        return await db.GetUsers(accountId).CountAsync(u => u.DisabledAt == null, cancellation) >= MaxEnabled;
    }

    private static Task<string> HashAsync(string password, CancellationToken cancellation) =>
        RunHashingAsync(() => Hasher.HashPassword(UnknownUser, password), cancellation);

    private static Task<bool> VerifyAsync(User user, string password, CancellationToken cancellation) => RunHashingAsync(
        () => Hasher.VerifyHashedPassword(user, user.PasswordHash, password) != PasswordVerificationResult.Failed, cancellation);

    private static async Task<T> RunHashingAsync<T>(Func<T> hash, CancellationToken cancellation)
    {
        await Hashing.WaitAsync(cancellation);
        try
        {
            return hash();
        }
        finally
        {
            Hashing.Release();
        }
    }
}

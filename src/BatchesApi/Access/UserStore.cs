using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>Makes, lists and disables users, and lets them in.</summary>
internal sealed class UserStore(BatchesContext db, TimeProvider clock, ObjectIdGenerator ids)
{
    /// <summary>How long an access token is valid (specification, section 6).</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromDays(1);

    private static readonly PasswordHasher<User> Hasher = new();

    /// <summary>Hashing takes a core for a tenth of a second: half of them at most, so that nobody else waits for those who sign in.</summary>
    private static readonly SemaphoreSlim Hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Stands in for a user that does not exist, so that the work is the same.</summary>
    private static readonly User UnknownUser = new() { PasswordHash = Hasher.HashPassword(new User(), Guid.NewGuid().ToString()) };

    /// <summary>Makes a user.</summary>
    /// <returns>The user; null where the e-mail address is taken.</returns>
    public async Task<User?> CreateAsync(Account account, string email, string password, Scope scope, CancellationToken cancellation)
    {
        var user = new User { Id = ids.Next(), AccountId = account.Id, Email = NormalizeEmail(email), Scope = scope, CreatedAt = clock.GetUtcNowMicroseconds() };
        user.PasswordHash = Hasher.HashPassword(user, password);
        db.Users.Add(user);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation(UserConfiguration.UniqueEmail))
        {
            return null;
        }
        return user;
    }

    /// <summary>Every user of an account, by e-mail address, disabled ones included.</summary>
    public Task<List<User>> ListAsync(Account account, CancellationToken cancellation) =>
        db.Users.AsNoTracking().Where(u => u.AccountId == account.Id).OrderBy(u => u.Email).ToListAsync(cancellation);

    /// <summary>Disables a user; every server knows within <see cref="CredentialCache.CacheDuration"/>. Disabling again changes nothing.</summary>
    /// <returns>Whether there is such a user.</returns>
    public async Task<bool> DisableAsync(string email, CancellationToken cancellation)
    {
        var (folded, now) = (NormalizeEmail(email), clock.GetUtcNowMicroseconds());
        return await db.Users.Where(u => u.Email == folded)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.DisabledAt, u => u.DisabledAt ?? now), cancellation) > 0;
    }

    /// <summary>Lets a user in.</summary>
    /// <returns>An access token; null where the user is unknown or disabled, or the password wrong, which all take the same work.</returns>
    public async Task<string?> SignInAsync(string email, string password, CancellationToken cancellation)
    {
        var folded = NormalizeEmail(email);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Email == folded, cancellation);
        var isRight = await VerifyAsync(user ?? UnknownUser, password, cancellation);
        if (user is null || user.DisabledAt is not null || !isRight)
            return null;

        var secret = Secret.Create(Secret.TokenPrefix);
        var now = clock.GetUtcNowMicroseconds();
        db.ApiKeys.Add(new ApiKey
        {
            Id = ids.Next(),
            AccountId = user.AccountId,
            UserId = user.Id,
            Name = "access token",
            Prefix = Secret.DisplayPrefix(secret),
            Hash = Secret.Hash(secret),
            Scope = user.Scope,
            CreatedAt = now,
            ExpiresAt = now + TokenLifetime,
        });
        await ApiKeyStore.Writing.WaitAsync(cancellation);
        try
        {
            await db.SaveChangesAsync(cancellation);

            // Tokens that have ended are of no use to anybody.
            await db.ApiKeys.Where(k => k.UserId == user.Id && k.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        }
        finally
        {
            ApiKeyStore.Writing.Release();
        }
        return secret;
    }

    private static async Task<bool> VerifyAsync(User user, string password, CancellationToken cancellation)
    {
        await Hashing.WaitAsync(cancellation);
        try
        {
            return Hasher.VerifyHashedPassword(user, user.PasswordHash, password) != PasswordVerificationResult.Failed;
        }
        finally
        {
            Hashing.Release();
        }
    }

    /// <summary>An e-mail address as it is kept and compared: the case of letters makes no difference.</summary>
    public static string NormalizeEmail(string email) => email.Trim().ToLowerInvariant();
}

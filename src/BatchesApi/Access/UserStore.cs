using BatchesApi.Domain;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>Creates, lists, disables and signs in users.</summary>
internal sealed class UserStore(BatchesContext db, ApiKeyStore keys, TimeProvider clock, ObjectIdGenerator ids)
{
    private static readonly PasswordHasher<User> Hasher = new();

    /// <summary>Hashing occupies a core for a tenth of a second. Use at most half the cores so that sign-ins cannot starve other
    /// requests.</summary>
    private static readonly SemaphoreSlim Hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Stands in for a user that does not exist, so that the sign-in takes the same time.</summary>
    private static readonly User UnknownUser = new() { PasswordHash = Hasher.HashPassword(new User(), Guid.NewGuid().ToString()) };

    /// <returns>The user, or null if the e-mail address is taken.</returns>
    public async Task<User?> CreateAsync(Account account, string email, string password, Scope scope, CancellationToken cancellation)
    {
        var user = new User
        {
            Id = ids.Next(),
            AccountId = account.Id,
            Email = NormalizeEmail(email),
            Scope = scope,
            CreatedAt = clock.GetUtcNowMicroseconds(),
        };
        user.PasswordHash = Hasher.HashPassword(user, password);
        db.Users.Add(user);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.IsUniqueViolation(UserConfiguration.Table))
        {
            return null;
        }
        return user;
    }

    /// <summary>Returns the users of an account by e-mail address, including disabled ones.</summary>
    public Task<List<User>> ListAsync(Account account, CancellationToken cancellation) =>
        db.Users.AsNoTracking().Where(u => u.AccountId == account.Id).OrderBy(u => u.Email).ToListAsync(cancellation);

    /// <summary>Disables a user. All servers reject its tokens within <see cref="CredentialCache.CacheDuration"/>. Disabling it again
    /// changes nothing.</summary>
    /// <returns>Whether the user exists.</returns>
    public async Task<bool> DisableAsync(string email, CancellationToken cancellation)
    {
        var (normalized, now) = (NormalizeEmail(email), clock.GetUtcNowMicroseconds());
        return await db.Users.Where(u => u.Email == normalized)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.DisabledAt, u => u.DisabledAt ?? now), cancellation) > 0;
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
}

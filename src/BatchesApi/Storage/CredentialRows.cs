using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>Rows of keys and users. Those to change are locked until the end of the transaction, so that a change is recorded with the
/// values that it replaced.</summary>
internal static class CredentialRows
{
    /// <summary>The API keys of an account. The access tokens of users are not API keys.</summary>
    public static IQueryable<ApiKey> GetKeys(this BatchesContext db, int accountId) =>
        db.ApiKeys.AsNoTracking().Where(k => k.AccountId == accountId && k.UserId == null);

    /// <summary>The users of an account.</summary>
    public static IQueryable<User> GetUsers(this BatchesContext db, int accountId) =>
        db.Users.AsNoTracking().Where(u => u.AccountId == accountId);

    /// <summary>Returns an API key of an account, or null.</summary>
    public static async Task<ApiKey?> LockKeyAsync(this BatchesContext db, int accountId, string id, CancellationToken cancellation) =>
        (await db.ApiKeys
            .FromSql(
                $"""
                SELECT k.* FROM api_keys AS k WHERE k.account_id = {accountId} AND k.id = {id} AND k.user_id IS NULL FOR NO KEY UPDATE
                """)
            .ToListAsync(cancellation)).SingleOrDefault();

    /// <summary>Returns a user of an account, or null.</summary>
    public static async Task<User?> LockUserAsync(this BatchesContext db, int accountId, string id, CancellationToken cancellation) =>
        (await db.Users
            .FromSql($"SELECT u.* FROM users AS u WHERE u.account_id = {accountId} AND u.id = {id} FOR NO KEY UPDATE")
            .ToListAsync(cancellation)).SingleOrDefault();

    /// <summary>Locks an account until the end of the transaction. Without the lock, two requests could create the last key or user that
    /// fits. The next statement sees what was committed before the lock.</summary>
    public static Task LockAccountAsync(this BatchesContext db, int accountId, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT FROM accounts AS a WHERE a.id = {accountId} FOR NO KEY UPDATE", cancellation);

    /// <summary>Keeps a user unchanged until the end of the transaction.</summary>
    /// <returns>The user as it is, or null if it was deleted.</returns>
    public static async Task<User?> ShareUserAsync(this BatchesContext db, User user, CancellationToken cancellation) =>
        (await db.Users
            .FromSql($"SELECT u.* FROM users AS u WHERE u.account_id = {user.AccountId} AND u.id = {user.Id} FOR SHARE")
            .AsNoTracking()
            .ToListAsync(cancellation)).SingleOrDefault();
}

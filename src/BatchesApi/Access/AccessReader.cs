using BatchesApi.Domain;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Replicas;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Access;

/// <summary>The changes of keys and users to read.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="By">The id of the API key, the access token or the user that made the changes; null for all.</param>
/// <param name="Actions">The actions; empty for all.</param>
/// <param name="From">The time since which the changes were made, UTC; or null.</param>
/// <param name="To">The time before which the changes were made, UTC; or null.</param>
/// <param name="Limit">Maximum number of changes on the page.</param>
/// <param name="Before">The place before which to read; null to begin with the newest change.</param>
internal sealed record AccessHistoryRequest(
    int AccountId, string? By, string[] Actions, DateTime? From, DateTime? To, int Limit, AccessPosition? Before);

/// <summary>The place of a change of a key or a user in the history.</summary>
/// <param name="At">The time of the change, UTC.</param>
/// <param name="Id">The id of the change.</param>
internal readonly record struct AccessPosition(DateTime At, string Id);

/// <summary>Reads the keys and users of an account, and their changes, on the connections of requests for batches: key look-ups and
/// sign-ins do not wait for them. Replicas are not used, because they may not have the last change.</summary>
internal sealed class AccessReader(AccountReads reads, ListOptions lists)
{
    /// <summary>Returns API keys of an account, newest first, including revoked and expired ones.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="before">The id of the key before which to begin; null to begin with the newest one.</param>
    /// <param name="limit">Maximum number of keys.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ListTimeoutException">The page took too long.</exception>
    public Task<List<ApiKey>> ListKeysAsync(int accountId, string? before, int limit, CancellationToken cancellation) => ListAsync(
        db => db.GetKeys(accountId)
            .Where(k => before == null || k.Id.CompareTo(before) < 0)
            .OrderByDescending(k => k.Id).Take(limit),
        cancellation);

    /// <summary>Returns users of an account, newest first, including disabled ones.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="before">The id of the user before which to begin; null to begin with the newest one.</param>
    /// <param name="limit">Maximum number of users.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="ListTimeoutException">The page took too long.</exception>
    public Task<List<User>> ListUsersAsync(int accountId, string? before, int limit, CancellationToken cancellation) => ListAsync(
        db => db.GetUsers(accountId)
            .Where(u => before == null || u.Id.CompareTo(before) < 0)
            .OrderByDescending(u => u.Id).Take(limit),
        cancellation);

    /// <summary>Returns the changes of keys and users, newest first, and whether there are more.</summary>
    /// <exception cref="ListTimeoutException">The page took too long.</exception>
    public async Task<(List<AccessChange> Changes, bool HasMore)> ReadChangesAsync(
        AccessHistoryRequest request, CancellationToken cancellation)
    {
        var found = await ListAsync(db => Find(db, request).Take(request.Limit + 1), cancellation);
        var hasMore = found.Count > request.Limit;
        return (hasMore ? found[..request.Limit] : found, hasMore);
    }

    /// <summary>Returns an API key of an account, or null.</summary>
    public Task<ApiKey?> FindKeyAsync(int accountId, string id, CancellationToken cancellation) =>
        FindAsync(accountId, db => db.GetKeys(accountId).Where(k => k.Id == id), cancellation);

    /// <summary>Returns a user of an account, or null.</summary>
    public Task<User?> FindUserAsync(int accountId, string id, CancellationToken cancellation) =>
        FindAsync(accountId, db => db.GetUsers(accountId).Where(u => u.Id == id), cancellation);

    private static IQueryable<AccessChange> Find(BatchesContext db, AccessHistoryRequest request)
    {
        var changes = db.AccessChanges.AsNoTracking().Where(c => c.AccountId == request.AccountId);
        if (request.From is { } from)
            changes = changes.Where(c => c.At >= from);
        if (request.To is { } to)
            changes = changes.Where(c => c.At < to);
        if (request.Actions.Length > 0)
            changes = changes.Where(c => request.Actions.Contains(c.Action));
        if (request.By is { } by)
        {
            changes = changes.Where(c => c.ActorId == by || (c.ActorKind == Actor.User && db.Users.Any(
                u => u.AccountId == request.AccountId && u.Id == by && u.Email == c.ActorName)));
        }
        if (request.Before is var (at, id))
            changes = changes.Where(c => EF.Functions.LessThan(ValueTuple.Create(c.At, c.Id), ValueTuple.Create(at, id)));
        return changes.OrderByDescending(c => c.At).ThenByDescending(c => c.Id);
    }

    private Task<List<T>> ListAsync<T>(Func<BatchesContext, IQueryable<T>> query, CancellationToken cancellation) => lists.RunInTimeAsync(
        token => reads.RunListOnPrimaryAsync(
            async (connection, readToken) =>
            {
                await using var db = StorageServices.CreateContext(connection);

                // The list has its own time limit.
                db.Database.SetCommandTimeout(TimeSpan.Zero);
                return await query(db).ToListAsync(readToken);
            },
            token),
        cancellation);

    private Task<T?> FindAsync<T>(int accountId, Func<BatchesContext, IQueryable<T>> query, CancellationToken cancellation)
        where T : class => reads.RunOnPrimaryAsync(
        accountId,
        async (connection, token) =>
        {
            await using var db = StorageServices.CreateContext(connection);
            return await query(db).SingleOrDefaultAsync(token);
        },
        cancellation);
}

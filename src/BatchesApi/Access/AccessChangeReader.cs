using BatchesApi.Domain;
using BatchesApi.Storage;
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

/// <summary>Reads the changes of keys and users.</summary>
internal sealed class AccessChangeReader(BatchesContext db, CredentialTurns turns)
{
    /// <summary>Returns the changes, the newest first, and whether there are more.</summary>
    public async Task<(List<AccessChange> Changes, bool HasMore)> ReadAsync(
        AccessHistoryRequest request, CancellationToken cancellation)
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
        var found = await turns.RunAsync(
            () => changes.OrderByDescending(c => c.At).ThenByDescending(c => c.Id).Take(request.Limit + 1).ToListAsync(cancellation),
            cancellation);
        var hasMore = found.Count > request.Limit;
        return (hasMore ? found[..request.Limit] : found, hasMore);
    }
}

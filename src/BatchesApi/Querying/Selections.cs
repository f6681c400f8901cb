using System.Collections.Concurrent;
using BatchesApi.Data;
using BatchesApi.Querying.Filters;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Querying;

/// <summary>Makes selections of conditions: EF Core translates them.</summary>
/// <param name="contexts">Translate; they are not connected.</param>
internal sealed class Selections(IDbContextFactory<BatchesContext> contexts)
{
    private readonly ConcurrentDictionary<bool, Selection> _ofAll = new();

    /// <summary>The batches of a list that meet a condition.</summary>
    /// <param name="accountId">Whose batches.</param>
    /// <param name="deleted">Whether the deleted ones, or the living.</param>
    /// <param name="where">The condition.</param>
    public Selection Of(int accountId, bool deleted, Condition where)
    {
        if (where != Condition.Always)
            return Translate(accountId, deleted, where);

        // The text is always the same, and the account the only parameter.
        var all = _ofAll.GetOrAdd(deleted, static (deleted, self) => self.Translate(0, deleted, Condition.Always), this);
        var account = all.Parameters[0].Clone();
        account.Value = accountId;
        return all with { Parameters = [account] };
    }

    private Selection Translate(int accountId, bool deleted, Condition where)
    {
        using var db = contexts.CreateDbContext();
        return Selection.Of(db.BatchesOf(accountId, deleted).Meeting(where));
    }
}

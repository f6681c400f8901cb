using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Data;

/// <summary>The one door to batches: no query begins elsewhere, so none can forget whose they are.</summary>
internal static class TenantQueries
{
    /// <summary>The batches of one account, living or deleted, not tracked.</summary>
    public static IQueryable<Batch> BatchesOf(this BatchesContext db, int accountId, bool deleted) => deleted
        ? db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && EF.Property<bool>(b, BatchConfiguration.IsDeleted))
        : db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && !EF.Property<bool>(b, BatchConfiguration.IsDeleted));
}

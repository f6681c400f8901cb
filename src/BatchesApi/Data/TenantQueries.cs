using BatchesApi.Model;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BatchesApi.Data;

/// <summary>The one door to batches: no query begins elsewhere, so none can forget whose they are.</summary>
internal static class TenantQueries
{
    /// <summary>The batches of one account, living or deleted, not tracked.</summary>
    public static IQueryable<Batch> BatchesOf(this BatchesContext db, int accountId, bool deleted) => deleted
        ? db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && EF.Property<bool>(b, BatchConfiguration.IsDeleted))
        : db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && !EF.Property<bool>(b, BatchConfiguration.IsDeleted));

    /// <summary>The batches that a query yields, which is made of <see cref="BatchesOf"/> as SQL and begins with SELECT.</summary>
    public static IQueryable<Batch> BatchesIn(this BatchesContext db, string sql, IEnumerable<NpgsqlParameter> parameters) =>
        db.Batches.FromSqlRaw(sql, [.. parameters.Select(parameter => parameter.Clone())]).AsNoTracking();
}

using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>The one door to batches: no query begins elsewhere, so none can forget whose they are.</summary>
internal static class AccountBatchesSql
{
    /// <summary>The batches of one account, living or deleted, not tracked.</summary>
    public static IQueryable<Batch> BatchesForAccount(this BatchesContext db, int accountId, bool deleted) => deleted
        ? db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && EF.Property<bool>(b, BatchConfiguration.IsDeleted))
        : db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && !EF.Property<bool>(b, BatchConfiguration.IsDeleted));

    /// <summary>The name of the parameter in <see cref="GetSql"/>.</summary>
    public const string AccountParameter = "@accountId";

    /// <summary>The same as SQL. EF Core makes it too, but has to make its model for that, which the first request would wait for.</summary>
    /// <param name="deleted">Whether the deleted batches, or the living.</param>
    public static string GetSql(bool deleted) =>
        $"SELECT b.*\nFROM batches AS b\nWHERE b.account_id = {AccountParameter} AND {(deleted ? "" : "NOT (")}b.{BatchConfiguration.IsDeletedColumn}{(deleted ? "" : ")")}";
}

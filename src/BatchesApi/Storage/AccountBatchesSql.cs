using BatchesApi.Domain;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>The only queries for batches. Every read starts from one of them, so none can omit the account.</summary>
internal static class AccountBatchesSql
{
    /// <summary>The active or deleted batches of an account, not tracked.</summary>
    public static IQueryable<Batch> BatchesForAccount(this BatchesContext db, int accountId, bool deleted) => deleted
        ? db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && EF.Property<bool>(b, BatchConfiguration.IsDeleted))
        : db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && !EF.Property<bool>(b, BatchConfiguration.IsDeleted));

    /// <summary>The same as SQL. EF Core could translate it, but the first request would wait until the model is built.</summary>
    public static Sql GetSql(int accountId, bool deleted) => deleted
        ? $"SELECT b.*\nFROM batches AS b\nWHERE b.account_id = {accountId} AND b.is_deleted"
        : (Sql)$"SELECT b.*\nFROM batches AS b\nWHERE b.account_id = {accountId} AND NOT (b.is_deleted)";

    /// <summary>Finds the active or deleted batch with an id, with all columns of the catalogue. Constant, because it is the most frequent
    /// statement and composing it takes longer than sending it. The parameters are the account and the id.</summary>
    public static string FindText(bool deleted) => deleted ? FindDeleted : FindActive;

    private static readonly string FindActive = CreateFindText("NOT (b.is_deleted)");

    private static readonly string FindDeleted = CreateFindText("b.is_deleted");

    private static string CreateFindText(string condition)
    {
        var columns = string.Join(", ", BatchFields.All.Select(field => $"b.{field.Column}"));
        return $"SELECT {columns} FROM batches AS b WHERE b.account_id = $1 AND b.id = $2 AND {condition}";
    }

    /// <summary>The rows of the CTE <c>candidates</c> that the statement around this query defines: batches of an account, with all
    /// columns.</summary>
    public static IQueryable<Batch> Candidates(this BatchesContext db) => db.Batches.FromSqlRaw("SELECT * FROM candidates").AsNoTracking();
}

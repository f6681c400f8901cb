using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Storage;

/// <summary>The only queries for batches. Every read starts from one of them, so none can omit the account.</summary>
internal static class AccountBatchesSql
{
    private static readonly Sql IsDeleted = Sql.Raw("b.is_deleted");

    private static readonly Sql IsActive = Sql.Raw("NOT (b.is_deleted)");

    private static readonly string FindDeleted = CreateFindText(deleted: true);

    private static readonly string FindActive = CreateFindText(deleted: false);

    /// <summary>The active or deleted batches of an account, not tracked.</summary>
    public static IQueryable<Batch> BatchesForAccount(this BatchesContext db, int accountId, bool deleted) => deleted
        ? db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && EF.Property<bool>(b, BatchConfiguration.IsDeleted))
        : db.Batches.AsNoTracking().Where(b => b.AccountId == accountId && !EF.Property<bool>(b, BatchConfiguration.IsDeleted));

    /// <summary>The same as SQL. EF Core could translate it, but the first request would wait until the model is built.</summary>
    public static Sql GetSql(int accountId, bool deleted) =>
        $"SELECT b.*\nFROM batches AS b\nWHERE b.account_id = {accountId} AND {IsInState(deleted)}";

    /// <summary>The condition on batches <c>b</c> that they are deleted, or that they are active.</summary>
    public static Sql IsInState(bool deleted) => deleted ? IsDeleted : IsActive;

    /// <summary>Finds the active or deleted batch with an id, with all columns of the catalogue. Constant, because it is the most frequent
    /// statement and composing it takes longer than sending it. The parameters are the account and the id.</summary>
    public static string FindText(bool deleted) => deleted ? FindDeleted : FindActive;

    /// <summary>The rows of the CTE <c>candidates</c> that the statement around this query defines: batches of an account, with all
    /// columns.</summary>
    public static IQueryable<Batch> Candidates(this BatchesContext db) => db.Batches.FromSqlRaw("SELECT * FROM candidates").AsNoTracking();

    private static string CreateFindText(bool deleted) =>
        $"SELECT {ListSql.AllColumns} FROM batches AS b WHERE b.account_id = $1 AND b.id = $2 AND {IsInState(deleted)}";
}

using System.Linq.Expressions;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.EfTuned;

/// <summary>The queries, compiled and projected to the response, and the changes.</summary>
internal static class BatchQueries
{
    private const int PageLength = 20;

    private const string Columns =
        "id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating, "
        + "created_at, updated_at, version";

    private static readonly Expression<Func<BatchRow, Batch>> ToBatch = row => new Batch(
        row.Id, row.BatchCode, row.BatchType, row.Manager, row.Assignee, row.DueDate, row.Repeated, row.Summary, row.Notes,
        row.LeadIds, row.OpportunityIds, row.Rating, row.CreatedAt, row.UpdatedAt, row.Version);

    private static readonly Func<BatchRow, Batch> Convert = ToBatch.Compile();

    private static readonly Func<BatchesContext, int, string, Task<Batch?>> Find = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string id) => db.Batches
            .Where(row => row.AccountId == account && row.Id == id)
            .Select(ToBatch)
            .FirstOrDefault());

    private static readonly Func<BatchesContext, int, IAsyncEnumerable<Batch>> Newest = EF.CompileAsyncQuery(
        (BatchesContext db, int account) => db.Batches
            .Where(row => row.AccountId == account)
            .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
            .Take(PageLength)
            .Select(ToBatch));

    private static readonly Func<BatchesContext, int, Task<long>> Count = EF.CompileAsyncQuery(
        (BatchesContext db, int account) => db.Batches.LongCount(row => row.AccountId == account));

    private static readonly Func<BatchesContext, int, string, int, IAsyncEnumerable<Batch>> BestOfType = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string type, int offset) => db.Batches
            .Where(row => row.AccountId == account && row.BatchType == type && row.Rating != null)
            .OrderByDescending(row => row.Rating).ThenByDescending(row => row.Id)
            .Skip(offset).Take(PageLength)
            .Select(ToBatch));

    private static readonly Func<BatchesContext, int, string, Task<int>> CountRated = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string type) => db.Batches
            .Count(row => row.AccountId == account && row.BatchType == type && row.Rating != null));

    private static readonly Func<BatchesContext, int, string, int, int, IAsyncEnumerable<Batch>> UnratedOfType = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string type, int offset, int length) => db.Batches
            .Where(row => row.AccountId == account && row.BatchType == type && row.Rating == null)
            .OrderByDescending(row => row.Id)
            .Skip(offset).Take(length)
            .Select(ToBatch));

    private static readonly Func<BatchesContext, int, string, IAsyncEnumerable<Batch>> Search = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string pattern) => db.Batches
            .Where(row => row.AccountId == account && EF.Functions.Like(row.SearchText, pattern))
            .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
            .Take(PageLength)
            .Select(ToBatch));

    public static Task<Batch?> FindAsync(BatchesContext db, int account, string id) => Find(db, account, id);

    public static async Task<Page> NewestAsync(BatchesContext db, int account, bool withTotal)
    {
        var total = withTotal ? await Count(db, account) : (long?)null;
        return new Page(await Newest(db, account).ToListAsync(), total);
    }

    /// <summary>A page of a type by rating, unrated batches last.</summary>
    public static async Task<Page> BestOfTypeAsync(BatchesContext db, int account, string type, int page)
    {
        // The index is read backwards and has the unrated batches first, so they are read separately.
        var offset = (page - 1) * PageLength;
        var batches = await BestOfType(db, account, type, offset).ToListAsync();
        if (batches.Count < PageLength)
        {
            var before = await CountRated(db, account, type);
            var unrated = UnratedOfType(db, account, type, Math.Max(0, offset - before), PageLength - batches.Count);
            batches.AddRange(await unrated.ToListAsync());
        }
        return new Page(batches, null);
    }

    public static async Task<Page> SearchAsync(BatchesContext db, int account, string text)
    {
        // A space of the text is two in the searched text.
        var pattern = $"%{text.ToLowerInvariant().Replace(" ", "  ", StringComparison.Ordinal)}%";
        return new Page(await Search(db, account, pattern).ToListAsync(), null);
    }

    /// <summary>Changes a field in one statement, which ExecuteUpdate followed by a query is not.</summary>
    public static async Task<Batch?> ChangeAsync(BatchesContext db, int account, string id, Change change)
    {
        const string End =
            ", updated_at = now(), version = version + 1 WHERE account_id = {0} AND NOT is_deleted AND id = {1} RETURNING " + Columns;
        var rows = change.Assignee is { } assignee
            ? db.Database.SqlQueryRaw<Batch>("UPDATE batches SET assignee = {2}" + End, account, id, assignee)
            : db.Database.SqlQueryRaw<Batch>("UPDATE batches SET due_date = {2}" + End, account, id, change.DueDate!);
        await foreach (var batch in rows.AsAsyncEnumerable())
            return batch;
        return null;
    }

    public static async Task<Batch> CreateAsync(BatchesContext db, int account, NewBatch batch)
    {
        var now = DateTime.UtcNow;
        var row = new BatchRow
        {
            AccountId = account,
            Id = NewId(),
            BatchCode = batch.BatchCode,
            BatchType = batch.BatchType,
            Manager = batch.Manager,
            Assignee = batch.Assignee,
            Summary = batch.Summary,
            Notes = batch.Notes,
            LeadIds = batch.LeadIds ?? [],
            Rating = batch.Rating,
            CreatedAt = now,
            UpdatedAt = now,
            Version = 1,
        };
        db.Batches.Add(row);
        await db.SaveChangesAsync();
        return Convert(row);
    }

    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        return System.Convert.ToHexStringLower(bytes);
    }
}

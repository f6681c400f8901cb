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
            .Where(row => row.AccountId == account)
            .Where(row => EF.Functions.Like(row.SearchShort, pattern) || EF.Functions.Like(row.SearchLong, pattern))
            .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
            .Take(PageLength)
            .Select(ToBatch));

    private static readonly Func<BatchesContext, int, string, IAsyncEnumerable<Batch>> SearchRare = EF.CompileAsyncQuery(
        (BatchesContext db, int account, string pattern) => db.Batches
            .Where(row => row.AccountId == account && db.Search
                .Where(search => search.AccountId == account && EF.Functions.Like(search.Text, pattern))
                .Select(search => search.BatchId)
                .Contains(row.Id))
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

    /// <summary>The newest batches with a text.</summary>
    /// <param name="db">The database.</param>
    /// <param name="account">The account.</param>
    /// <param name="text">The text.</param>
    /// <param name="isRare">Whether it is so rare that the index finds it faster than reading the newest batches.</param>
    public static async Task<Page> SearchAsync(BatchesContext db, int account, string text, bool isRare)
    {
        // A space of the text is two in the searched text.
        var pattern = $"%{text.ToLowerInvariant().Replace(" ", "  ", StringComparison.Ordinal)}%";
        return new Page(await (isRare ? SearchRare : Search)(db, account, pattern).ToListAsync(), null);
    }

    /// <summary>Changes a field in one statement, which ExecuteUpdate followed by a query is not.</summary>
    /// <param name="db">The database.</param>
    /// <param name="account">The account.</param>
    /// <param name="id">The id of the batch.</param>
    /// <param name="change">The new value.</param>
    /// <param name="hasHistory">Whether to record the change of a due date.</param>
    public static Task<Batch?> ChangeAsync(BatchesContext db, int account, string id, Change change, bool hasHistory)
    {
        const string Record =
            $"""
            WITH found AS (SELECT due_date FROM batches WHERE account_id = {"{0}"} AND NOT is_deleted AND id = {"{1}"} FOR UPDATE),
            changed AS (
                UPDATE batches AS b SET due_date = {"{2}"}, updated_at = now(), version = b.version + 1 FROM found
                WHERE b.account_id = {"{0}"} AND NOT b.is_deleted AND b.id = {"{1}"} RETURNING b.*),
            recorded AS (
                INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
                SELECT c.account_id, c.id, c.version, c.updated_at, 'update', 'key', '', '',
                jsonb_build_object('dueDate', jsonb_build_array(f.due_date, c.due_date)) FROM changed AS c, found AS f)
            SELECT {Columns} FROM changed
            """;
        const string Update =
            "updated_at = now(), version = version + 1 WHERE account_id = {0} AND NOT is_deleted AND id = {1} RETURNING";
        const string ChangeAssignee =
            $"""
            WITH changed AS (UPDATE batches SET assignee = {"{2}"}, {Update} *),
            searched AS (
                UPDATE batch_search AS s SET text = c.search_short FROM changed AS c
                WHERE s.account_id = c.account_id AND s.batch_id = c.id AND s.part = 1)
            SELECT {Columns} FROM changed
            """;
        if (hasHistory)
            return FirstAsync(db.Database.SqlQueryRaw<Batch>(Record, account, id, change.DueDate!));
        return change.Assignee is { } assignee
            ? FirstAsync(db.Database.SqlQueryRaw<Batch>(ChangeAssignee, account, id, assignee))
            : FirstAsync(db.Database.SqlQueryRaw<Batch>(
                $"UPDATE batches SET due_date = {"{2}"}, {Update} {Columns}", account, id, change.DueDate!));
    }

    /// <summary>Creates a batch in one statement, because PostgreSQL computes the texts of both tables.</summary>
    public static async Task<Batch> CreateAsync(BatchesContext db, int account, NewBatch batch)
    {
        var (id, leads) = (NewId(), batch.LeadIds ?? []);
        return (await FirstAsync(db.Database.SqlQuery<Batch>(
            $$"""
            WITH added AS (
                INSERT INTO batches (account_id, id, batch_code, batch_type, manager, assignee, summary, notes,
                lead_ids, opportunity_ids, rating, created_at, updated_at, version, repeated)
                VALUES ({{account}}, {{id}}, {{batch.BatchCode}}, {{batch.BatchType}}, {{batch.Manager}}, {{batch.Assignee}},
                    {{batch.Summary}}, {{batch.Notes}}, {{leads}}, ARRAY[]::text[], {{batch.Rating}}, now(), now(), 1, FALSE) RETURNING *),
            searched AS (
                INSERT INTO batch_search (account_id, batch_id, part, text, lead_ids, opportunity_ids)
                SELECT account_id, id, 1, search_short, NULL, NULL FROM added
                UNION ALL SELECT account_id, id, 2, search_long, lead_ids, opportunity_ids FROM added)
            SELECT id, batch_code, batch_type, manager, assignee, due_date, repeated, summary, notes, lead_ids, opportunity_ids, rating,
                created_at, updated_at, version
            FROM added
            """)))!;
    }

    private static async Task<Batch?> FirstAsync(IQueryable<Batch> rows)
    {
        await foreach (var batch in rows.AsAsyncEnumerable())
            return batch;
        return null;
    }

    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[12];
        RandomNumberGenerator.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

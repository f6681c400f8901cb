using BatchesApi.Model;
using BatchesApi.Querying;

namespace BatchesApi.Writing;

/// <summary>The statements that write batches: each finds, checks and changes in one, so that nothing comes between (<c>docs/decisions/0001</c>).</summary>
internal static class BatchSql
{
    /// <summary>Gives the passed fields new values. Version and time of change move only where a value does.</summary>
    public static readonly string Update = ComposeUpdate();

    /// <summary>Moves a living batch to the deleted ones.</summary>
    public const string Delete = $"deleted_at = @now, {Changed}";

    /// <summary>Brings a deleted batch back to life.</summary>
    public const string Restore = $"deleted_at = NULL, {Changed}";

    private const string Changed = "updated_at = GREATEST(b.updated_at, @now), version = b.version + 1";

    /// <summary>The columns of an answer.</summary>
    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => $"c.{field.Column}"));

    /// <summary>The statement that inserts a batch, whose values are parameters named like the fields.</summary>
    private static readonly string Insert =
        $"""
        INSERT INTO batches AS b (account_id, {string.Join(", ", BatchFields.All.Select(field => field.Column))})
        VALUES (@account, {string.Join(", ", BatchFields.All.Select(field => $"@{field.Name}"))}) RETURNING b.*
        """;

    /// <summary>A statement that changes a batch. It yields nothing where there is none, the version it has, and its columns where that is an expected
    /// one; the last column tells whether the policy permits what it is now.</summary>
    /// <param name="assignments">What to set.</param>
    /// <param name="found">The batches that the caller may change, of which the one with the id <c>@id</c> is meant.</param>
    /// <param name="permitted">The batches that the policy permits, deleted or not; null where all are.</param>
    /// <param name="hasVersions">Whether the version must be one of <c>@versions</c>.</param>
    public static string Change(string assignments, Selection found, Selection? permitted, bool hasVersions) =>
        $"""
        WITH found AS (SELECT b.version FROM batches AS b WHERE {found.Predicate} AND b.id = @id FOR UPDATE),
        changed AS (
            UPDATE batches AS b SET {assignments} FROM found AS f
            WHERE b.account_id = @account AND b.id = @id{(hasVersions ? " AND f.version = ANY (@versions)" : "")} RETURNING b.*)
        SELECT f.version, {Columns}, {IsPermitted(permitted)} FROM found AS f LEFT JOIN changed AS c ON TRUE
        """;

    /// <summary>A statement that creates a batch. Its columns are as those of <see cref="Change"/>.</summary>
    /// <param name="permitted">The batches that the policy permits; null where all are.</param>
    public static string Create(Selection? permitted) =>
        $"WITH changed AS ({Insert}) SELECT c.version, {Columns}, {IsPermitted(permitted)} FROM changed AS c";

    private static string IsPermitted(Selection? permitted) =>
        permitted is null ? "TRUE" : $"EXISTS (SELECT 1 FROM ({permitted.Over("SELECT * FROM changed")}) AS p)";

    private static string ComposeUpdate()
    {
        static string IsPassed(Field field) => $"@passed & {1u << field.Index} <> 0";
        var isChanged = string.Join(" OR ", BatchFields.Writable.Select(f => $"{IsPassed(f)} AND b.{f.Column} IS DISTINCT FROM @{f.Name}"));
        return $"""
            {string.Join(", ", BatchFields.Writable.Select(f => $"{f.Column} = CASE WHEN {IsPassed(f)} THEN @{f.Name} ELSE b.{f.Column} END"))},
            updated_at = CASE WHEN {isChanged} THEN GREATEST(b.updated_at, @now) ELSE b.updated_at END,
            version = b.version + CASE WHEN {isChanged} THEN 1 ELSE 0 END
            """;
    }
}

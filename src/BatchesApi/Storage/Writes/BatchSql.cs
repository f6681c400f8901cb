using BatchesApi.Domain;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Storage.Writes;

/// <summary>The statements that write batches: each finds, checks, changes and notes the change in one, so that nothing comes between
/// (<c>docs/decisions/0001</c>).</summary>
internal static class BatchSql
{
    private const string ServerAssignments = "updated_at = GREATEST(b.updated_at, @now), version = b.version + 1";

    /// <summary>The fields whose changes are noted.</summary>
    private static readonly IReadOnlyList<Field> RecordedFields = [.. BatchFields.Writable, BatchFields.DeletedAt];

    private static readonly string RecordedColumns = string.Join(", ", RecordedFields.Select(field => $"b.{field.Column}"));

    /// <summary>The columns of an answer.</summary>
    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => $"c.{field.Column}"));

    private static readonly string InsertColumns = $"INSERT INTO batches AS b (account_id, {string.Join(", ", BatchFields.All.Select(field => field.Column))})";

    /// <summary>The statement that inserts a batch, whose values are parameters named like the fields.</summary>
    private static readonly string InsertOne =
        $"{InsertColumns} VALUES (@account, {string.Join(", ", BatchFields.All.Select(field => $"@{field.Name}"))}) RETURNING b.*";

    /// <summary>The statement that inserts batches, whose values are arrays in such parameters. Lists are written as text, since arrays of arrays must
    /// be of one length. By the order of the codes, two of these at once wait for each other, and never both.</summary>
    private static readonly string InsertMany =
        $"""
        {InsertColumns} SELECT @account, {string.Join(", ", BatchFields.All.Select(field => $"n.{field.Column}{(field.Kind == FieldKind.TextList ? "::text[]" : "")}"))}
        FROM unnest({string.Join(", ", BatchFields.All.Select(field => $"@{field.Name}"))}) AS n ({string.Join(", ", BatchFields.All.Select(field => field.Column))})
        ORDER BY n.{BatchFields.BatchCode.Column} COLLATE "{BatchConfiguration.BinaryCollation}" RETURNING b.*
        """;

    /// <summary>A statement that returns the codes among <c>@codes</c> that batches of a selection have.</summary>
    /// <param name="visible">The batches, not deleted, that the caller may see.</param>
    public static PositionalSql TakenCodes(BatchFilterSql visible) =>
        PositionalSql.Create($"SELECT b.{BatchFields.BatchCode.Column} FROM ({visible.Sql}) AS b WHERE b.{BatchFields.BatchCode.Column} = ANY (@codes)");

    /// <summary>The fields in which a batch differs from its version <c>@since</c>, as far as its history tells.</summary>
    public const string ChangedSince =
        $"""
        SELECT d.key FROM {BatchChangeConfiguration.Table} AS h, jsonb_each(h.changes) AS d
        WHERE h.account_id = @account AND h.batch_id = @id AND h.version > @since
        GROUP BY d.key
        HAVING (array_agg(d.value -> 0 ORDER BY h.version))[1] IS DISTINCT FROM (array_agg(d.value -> 1 ORDER BY h.version DESC))[1]
        """;

    /// <summary>Forgets an idempotency key that is old, claims it, and reads what is there then: one's own claim, or the answer of before. Whoever
    /// claims a key that another transaction has claimed waits for its end.</summary>
    public static IReadOnlyList<string> Claim { get; } =
    [
        "SELECT set_config('lock_timeout', @wait, true)",
        $"DELETE FROM {IdempotencyRecordConfiguration.Table} WHERE credential_id = @credential AND key = @key AND created_at < @expired",
        $"INSERT INTO {IdempotencyRecordConfiguration.Table} (credential_id, key, request_hash, created_at) VALUES (@credential, @key, @hash, @now) ON CONFLICT DO NOTHING",
        $"SELECT request_hash, status, location, entity_tag, body FROM {IdempotencyRecordConfiguration.Table} WHERE credential_id = @credential AND key = @key",

        // The write itself waits for locks as long as any other.
        "SELECT set_config('lock_timeout', '0', true)",
    ];

    /// <summary>Locks the record of an idempotency key, and changes nothing: enough for the commit to be written down.</summary>
    public const string Touch = $"SELECT FROM {IdempotencyRecordConfiguration.Table} WHERE credential_id = @credential AND key = @key FOR UPDATE";

    /// <summary>Keeps the answer to the request that claimed an idempotency key.</summary>
    public const string Keep =
        $"""
        UPDATE {IdempotencyRecordConfiguration.Table} SET status = @status, location = @location, entity_tag = @tag, body = @body
        WHERE credential_id = @credential AND key = @key
        """;

    /// <summary>A statement that changes a batch. It yields nothing where there is none, the version it has, and its columns where that is an expected
    /// one; the last column tells whether the policy permits what it is now.</summary>
    /// <param name="action">What to do, as its history calls it.</param>
    /// <param name="passed">The fields that get new values. The others are not named, so that PostgreSQL need not work out the searched text anew.</param>
    /// <param name="found">The batches that the caller may change, of which the one with the id <c>@id</c> is meant.</param>
    /// <param name="permitted">The batches that the policy permits after the change; null where all are.</param>
    /// <param name="hasVersions">Whether the version must be one of <c>@versions</c>.</param>
    public static PositionalSql Change(string action, FieldSet passed, BatchFilterSql found, BatchFilterSql? permitted, bool hasVersions) => PositionalSql.Create(
        (action, passed, hasVersions, found.Sql, permitted?.Sql),
        () => $"""
            WITH found AS (
                SELECT b.version, {RecordedColumns}
                FROM batches AS b WHERE {found.Predicate} AND b.id = @id FOR UPDATE),
            changed AS (
                UPDATE batches AS b SET {GetAssignments(action, passed)} FROM found AS f
                WHERE b.account_id = @account AND b.id = @id{(hasVersions ? " AND f.version = ANY (@versions)" : "")} RETURNING b.*),
            noted AS ({RecordChange(action, "c.updated_at", GetChanges(action, passed))} FROM changed AS c, found AS f WHERE c.version <> f.version)
            SELECT f.version, {Columns}, {IsPermitted(permitted)} FROM found AS f LEFT JOIN changed AS c ON TRUE
            """);

    /// <summary>A statement that creates batches. Its columns are as those of <see cref="Change"/>, a row for each, in no order.</summary>
    /// <param name="several">Whether there are several.</param>
    /// <param name="permitted">The batches that the policy permits; null where all are.</param>
    public static PositionalSql Create(bool several, BatchFilterSql? permitted) => PositionalSql.Create(
        (several, permitted?.Sql),
        () => $"""
        WITH changed AS ({(several ? InsertMany : InsertOne)}),
        noted AS ({RecordChange(BatchChange.Create, "c.created_at", "NULL")} FROM changed AS c)
        SELECT c.version, {Columns}, {IsPermitted(permitted)} FROM changed AS c
        """);

    private static string RecordChange(string action, string at, string changes) =>
        $"""
        INSERT INTO {BatchChangeConfiguration.Table} (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
        SELECT c.account_id, c.id, c.version, {at}, '{action}', @actorKind, @actorId, @actorName, {changes}
        """;

    /// <summary>A value as it is noted: instants in UTC, whatever the time zone of the session.</summary>
    private static string GetValue(string of, Field field) => $"{of}.{field.Column}{(field.Kind == FieldKind.DateTime ? " AT TIME ZONE 'UTC'" : "")}";

    private static string IsPermitted(BatchFilterSql? permitted) =>
        permitted is null ? "TRUE" : $"c.id IN (SELECT p.id FROM ({permitted.Over("SELECT * FROM changed")}) AS p)";

    private static string GetAssignments(string action, FieldSet passed) => action switch
    {
        BatchChange.Delete => $"deleted_at = @now, {ServerAssignments}",
        BatchChange.Restore => $"deleted_at = NULL, {ServerAssignments}",
        _ => GetAssignments([.. BatchFields.Writable.Where(passed.Contains)]),
    };

    /// <summary>Gives fields new values. Version and time of change move only where a value does.</summary>
    private static string GetAssignments(IReadOnlyList<Field> passed)
    {
        if (passed.Count == 0)
            return "version = b.version";
        var isChanged = string.Join(" OR ", passed.Select(field => $"b.{field.Column} IS DISTINCT FROM @{field.Name}"));
        return $"""
            {string.Join(", ", passed.Select(field => $"{field.Column} = @{field.Name}"))},
            updated_at = CASE WHEN {isChanged} THEN GREATEST(b.updated_at, @now) ELSE b.updated_at END,
            version = b.version + CASE WHEN {isChanged} THEN 1 ELSE 0 END
            """;
    }

    /// <summary>The fields, by name, that a write gave another value, each with the old and the new one.</summary>
    private static string GetChanges(string action, FieldSet passed)
    {
        var fields = action == BatchChange.Update ? RecordedFields.Where(passed.Contains) : [BatchFields.DeletedAt];
        return $"jsonb_strip_nulls(jsonb_build_object({string.Join(", ", fields.Select(field =>
            $"'{field.Name}', CASE WHEN f.{field.Column} IS DISTINCT FROM c.{field.Column} THEN jsonb_build_array({GetValue("f", field)}, {GetValue("c", field)}) END"))}))";
    }
}

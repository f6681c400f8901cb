using BatchesApi.Domain;
using BatchesApi.Storage.Writes;
using NpgsqlTypes;

namespace BatchesApi.Storage.Changes;

/// <summary>Composes the statements of the feed (<c>docs/decisions/0016-order-of-changes.md</c>).</summary>
internal static class FeedSql
{
    /// <summary>The number of columns of <see cref="ReadState"/>.</summary>
    public const int StateColumns = 3;

    private static readonly Sql StateOf = Sql.Raw("s.first, s.horizon, s.next");

    private static readonly Sql Order = Sql.Raw("h.position, h.at, h.batch_id, h.version");

    private static readonly Sql ChangeColumns = Sql.Raw(
        """
        h.position, h.at, h.batch_id, h.version, h.action, h.actor_kind, h.actor_id, h.actor_name, h.change_id,
            ARRAY(SELECT jsonb_object_keys(h.changes)) AS changed, h.seen_by
        """);

    /// <summary>Returns the state of the feed.</summary>
    public static Sql ReadState(int accountId) => $"SELECT {StateOf} FROM ({State(accountId)}) AS s";

    /// <summary>Returns the state of the feed with each of the next changes before the first transaction that may still be running, or
    /// alone if there are no more.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="after">The place after which to read.</param>
    /// <param name="take">Maximum number of changes.</param>
    public static Sql FindChanges(int accountId, ChangePosition after, int take)
    {
        var position = new SqlValue(after.Position, NpgsqlDbType.Bigint);
        return $"""
            WITH state AS MATERIALIZED ({State(accountId)})
            SELECT {StateOf}, h.* FROM state AS s LEFT JOIN (
                SELECT {ChangeColumns} FROM batch_changes AS h
                WHERE h.account_id = {accountId} AND h.position >= {position} AND h.position < (SELECT n.horizon FROM state AS n)
                    AND ({Order}) > ({position}, {after.At}, {after.BatchId}, {after.Version})
                ORDER BY {Order} LIMIT {Sql.Literal(take)}) AS h ON TRUE
            ORDER BY {Order}
            """;
    }

    /// <summary>Returns some batches, active or deleted.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="fields">The fields to return.</param>
    public static Sql FindBatches(int accountId, string[] ids, IReadOnlyList<Field> fields) =>
        $"SELECT {ChangeSql.Columns("b.", fields)} FROM ({Batches(accountId, ids)}) AS b";

    /// <summary>Returns some batches, active or deleted, in the order of their ids in the array: all columns, and whether each meets a
    /// condition.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that meet the condition; null if all do.</param>
    public static Sql FindBatches(int accountId, string[] ids, Sql? permitted) =>
        $"""
        WITH candidates AS ({Batches(accountId, ids)})
        SELECT {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)} FROM candidates AS c ORDER BY c.place
        """;

    /// <summary>Returns the state of the feed with each of the next batches, active or deleted, or alone if there are no more: all columns,
    /// whether it meets a condition, and the position of its last change.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="afterId">The id after which to read.</param>
    /// <param name="take">Maximum number of batches.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that meet the condition; null if all do.</param>
    public static Sql FindSnapshot(int accountId, string afterId, int take, Sql? permitted) =>
        $"""
        WITH state AS MATERIALIZED ({State(accountId)}),
        candidates AS (
            SELECT b.* FROM batches AS b WHERE b.account_id = {accountId} AND b.id > {afterId}
            ORDER BY b.id LIMIT {Sql.Literal(take)})
        SELECT {StateOf}, c.* FROM state AS s LEFT JOIN (
            SELECT {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)}, c.position FROM candidates AS c) AS c ON TRUE
        ORDER BY c.id
        """;

    /// <summary>Returns the id, the version and the action of the first change of each batch since a position.</summary>
    public static Sql FindFirstChanges(int accountId, string[] ids, long since)
    {
        var position = new SqlValue(since, NpgsqlDbType.Bigint);
        return $"""
            SELECT i.id, h.version, h.action FROM unnest({ids}) AS i (id) CROSS JOIN LATERAL (
                SELECT h.version, h.action FROM batch_changes AS h
                WHERE h.account_id = (SELECT {accountId}) AND h.batch_id = i.id AND h.position >= {position}
                    AND h.action <> {BatchChange.Purge}
                ORDER BY h.version LIMIT 1) AS h
            """;
    }

    /// <summary>Returns for batches the old values that the first changes after a version of each replaced, by field: the batch and the
    /// values.</summary>
    public static Sql FindReplacedValues(int accountId, string[] ids, int[] versions, string[] fields) =>
        $"""
        SELECT i.id, (
            SELECT jsonb_object_agg(f.name, f.old) FROM (
                SELECT f.name, (
                    SELECT h.changes -> f.name -> 0 FROM batch_changes AS h
                    WHERE h.account_id = (SELECT {accountId}) AND h.batch_id = i.id AND h.version > i.version
                        AND h.action <> {BatchChange.Purge} AND h.changes ? f.name
                    ORDER BY h.version LIMIT 1) AS old
                FROM unnest({fields}) AS f (name)) AS f
            WHERE f.old IS NOT NULL)::text
        FROM unnest({ids}, {versions}) AS i (id, version)
        """;

    /// <summary>Returns the changes that made some versions of batches, from one version to another, the newest first: the batch, the
    /// version, the time, the action, and the old values by field.</summary>
    public static Sql FindOldValues(int accountId, string[] ids, int[] first, int[] last, string[] fields) =>
        $"""
        SELECT h.batch_id, h.version, h.at, h.action, (
            SELECT jsonb_object_agg(f.name, h.changes -> f.name -> 0) FROM unnest({fields}) AS f (name) WHERE h.changes ? f.name)::text
        FROM unnest({ids}, {first}, {last}) AS i (id, first, last) CROSS JOIN LATERAL (
            SELECT h.batch_id, h.version, h.at, h.action, h.changes FROM batch_changes AS h
            WHERE h.account_id = (SELECT {accountId}) AND h.batch_id = i.id AND h.version BETWEEN i.first AND i.last
                AND h.action <> {BatchChange.Purge} OFFSET 0) AS h
        ORDER BY h.batch_id, h.version DESC
        """;

    /// <summary>Returns the ids and versions of those of some batches that meet a condition.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="fields">The fields of the batches. The others have no value.</param>
    /// <param name="versions">The batches, which need not be stored.</param>
    /// <param name="matching">A query over the CTE <c>candidates</c> for the batches that meet the condition.</param>
    public static Sql Evaluate(int accountId, IReadOnlyList<Field> fields, IReadOnlyList<Batch> versions, Sql matching)
    {
        var columns = Sql.Raw(string.Join(", ", BatchFields.All.Select(field =>
            $"{(fields.Contains(field) ? $"n.{field.Column}" : "NULL")}::{GetTypeName(field)} AS {field.Column}")));
        var values = Sql.Join(", ", fields.Select(field => (Sql)$"{BatchSql.GetValues(field, versions)}"));

        // A condition that needs the searched text depends on all searched fields.
        Sql GetSearchedText(IReadOnlyList<Field> texts) =>
            Sql.Raw(texts.All(fields.Contains) ? BatchConfiguration.GetSearchedText(texts, "n.") : "''::text");

        return $"""
            WITH candidates AS (
                SELECT {accountId} AS account_id, {columns}, 0::bigint AS position, n.deleted_at IS NOT NULL AS is_deleted,
                    {GetSearchedText(BatchConfiguration.ShortTexts)} AS search_short,
                    {GetSearchedText(BatchConfiguration.LongTexts)} AS search_long
                FROM unnest({values}) AS n ({ChangeSql.Columns("", fields)}))
            SELECT m.id, m.version FROM ({matching}) AS m
            """;
    }

    /// <summary>Returns for each of some accounts the position of its last change that can be read, or null, and whether it has later
    /// changes.</summary>
    /// <param name="accountIds">The accounts.</param>
    /// <param name="since">The positions, in the same order, from which to look.</param>
    public static Sql FindLast(int[] accountIds, SqlValue since) =>
        $"""
        SELECT s.id, (
            SELECT h.position FROM batch_changes AS h
            WHERE h.account_id = s.id AND h.position >= s.since AND h.position < s.horizon ORDER BY h.position DESC LIMIT 1), (
            SELECT h.position FROM batch_changes AS h
            WHERE h.account_id = s.id AND h.position >= GREATEST(s.since, s.horizon) ORDER BY h.position LIMIT 1) IS NOT NULL
        FROM (
            SELECT a.id, w.since, a.position_offset + pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon
            FROM unnest({accountIds}, {since}) AS w (account_id, since) JOIN accounts AS a ON a.id = w.account_id) AS s
        """;

    private static Sql Batches(int accountId, string[] ids) =>
        $"""
        SELECT b.*, i.place FROM unnest({ids}) WITH ORDINALITY AS i (id, place) CROSS JOIN LATERAL (
            SELECT b.* FROM batches AS b WHERE b.account_id = (SELECT {accountId}) AND b.id = i.id OFFSET 0) AS b
        """;

    /// <summary>Returns the versions of some batches that are known.</summary>
    public static Sql FindVersions(int accountId, string[] ids) =>
        $"""
        SELECT h.batch_id, h.version FROM batch_changes AS h
        WHERE h.account_id = {accountId} AND h.batch_id = ANY ({ids}) AND h.action <> {BatchChange.Purge}
        UNION SELECT b.id, b.version FROM batches AS b WHERE b.account_id = {accountId} AND b.id = ANY ({ids})
        """;

    private static string GetTypeName(Field field) => field.Kind switch
    {
        FieldKind.DateTime => "timestamptz",
        FieldKind.Boolean => "boolean",
        FieldKind.Integer => "integer",
        FieldKind.TextList => "text[]",
        _ => "text",
    };

    /// <summary>The position of the first transaction since the database was last moved to another cluster; of the first that may still be
    /// running; and of the next that will begin.</summary>
    private static Sql State(int accountId) =>
        $"""
        SELECT a.position_offset AS first,
            a.position_offset + pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
            a.position_offset + pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
        FROM accounts AS a WHERE a.id = {accountId}
        """;
}

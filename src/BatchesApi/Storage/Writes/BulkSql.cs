using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the statements of bulk writes. Each chooses its batches once, locks them in the order of their ids, so that two of
/// them never wait for each other, and changes and records what it locked.</summary>
internal static class BulkSql
{
    /// <summary>Turns off nested loops until the transaction ends. PostgreSQL does not know the number of rows of a CTE, nor, until it has
    /// analyzed them, that of an account's new batches. It would compare each of 10,000 batches with all batches of the account.</summary>
    public static readonly Sql TurnOffNestedLoops = Sql.Raw("SELECT set_config('enable_nestloop', 'off', true)");

    /// <summary>Number of changed batches that are returned.</summary>
    private const int SampleSize = 5;

    /// <summary>Number of ids and conflicts that are returned.</summary>
    private const int MaxReported = 100;

    private static readonly Sql NothingSkipped = Sql.Raw("0::bigint, NULL::text[], NULL::integer[]");

    /// <summary>The number of columns of <see cref="Result"/> before those of <see cref="Arrays"/>: the numbers of matched, changed, not
    /// permitted and skipped batches; the ids and the versions of skipped ones; and the id of the transaction.</summary>
    public const int ResultColumns = 7;

    /// <summary>The array fields, in the order of the columns with their maximum numbers of items. The columns of the sample
    /// follow.</summary>
    public static IReadOnlyList<Field> Arrays { get; } = [.. BatchFields.All.Where(field => field.Kind == FieldKind.TextList)];

    /// <summary>Changes the selected batches that the change changes.</summary>
    /// <param name="target">The account, and the number of batches that must match.</param>
    /// <param name="change">The change.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="changeId">The id of the change.</param>
    /// <param name="now">The current time.</param>
    /// <param name="visible">The query for the batches that the caller may change and that meet the condition.</param>
    /// <param name="ids">The ids of the selected batches. Some may not be in <paramref name="visible"/> any more.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Change(
        BulkTarget target,
        BatchUpdate change,
        Actor actor,
        string changeId,
        DateTime now,
        Sql visible,
        string[] ids,
        Sql? permitted)
    {
        var assignments = new Assignments(target.AccountId, change, now, "f");
        var fields = ChangeSql.GetRecordedFields(change).ToList();
        List<Field> compared = [.. fields, .. BatchSearchSql.GetComparedFields(change.Fields)];
        var record = ChangeSql.Record(
            $"{change.Action}", ChangeSql.UpdatedAt, actor, changeId, ChangeSql.GetChanges(fields, ChangeSql.OldColumns));

        // Nothing is changed unless the number is right, so that a wrong number is reported instead of another problem.
        var expected = new[] { target.Ids?.Length, target.Expected }.OfType<long>()
            .Select(count => (int)long.Min(count, int.MaxValue))
            .ToArray();
        var isWanted = expected.Length == 0 ? Sql.Empty : (Sql)$" AND (SELECT n.matched FROM size AS n) = ALL ({expected})";
        return $"""
            WITH found AS (
                SELECT b.search_short, b.search_long, {ChangeSql.Columns("b.", [BatchFields.Id, .. compared])} FROM ({visible}) AS b
                WHERE b.id = ANY ({ids}) ORDER BY b.id FOR UPDATE),
            size AS (SELECT count(*) AS matched FROM found),
            candidates AS (
                UPDATE batches AS b SET {assignments.Always} FROM found AS f
                WHERE b.account_id = {target.AccountId} AND b.id = ANY ({ids}) AND b.id = f.id AND {assignments.IsChanged}{isWanted}
                RETURNING {ChangeSql.ReturnSet(compared)}),
            {BatchSearchSql.UpdateSet(target.AccountId, change.Fields)}recorded AS ({record} FROM candidates AS c)
            {Result(Sql.Raw("(SELECT n.matched FROM size AS n)"), NothingSkipped, permitted)}
            """;
    }

    /// <summary>Finds the batches of a change. Returns the id, the action, and the names of the changed fields or null.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="changeId">The id of the change.</param>
    /// <param name="since">The time since which the history is kept.</param>
    public static Sql FindChange(int accountId, string changeId, DateTime since) =>
        $"""
        SELECT h.batch_id, h.action, CASE WHEN h.changes IS NOT NULL THEN ARRAY(SELECT jsonb_object_keys(h.changes)) END
        FROM batch_changes AS h WHERE {IsOfChange(accountId, changeId, since)}
        """;

    /// <summary>Sets the batches of a change back to what they were before it, if they still have the version that it made.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="undone">The id of the change to undo.</param>
    /// <param name="ids">The ids of its batches.</param>
    /// <param name="actions">Its actions.</param>
    /// <param name="fields">The fields that it changed.</param>
    /// <param name="since">The time since which the history is kept.</param>
    /// <param name="actor">Who undoes it.</param>
    /// <param name="changeId">The id of the undo.</param>
    /// <param name="now">The current time.</param>
    /// <param name="permitted">A query over a CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Undo(
        int accountId,
        string undone,
        string[] ids,
        IReadOnlySet<string> actions,
        FieldSet fields,
        DateTime since,
        Actor actor,
        string changeId,
        DateTime now,
        Sql? permitted)
    {
        var isVisible = permitted is null
            ? Sql.Empty
            : $" WHERE l.id IN (WITH candidates AS (SELECT * FROM locked) SELECT p.id FROM ({permitted}) AS p)";
        var restores = actions.Contains(BatchChange.Delete);
        var deletes = actions.Contains(BatchChange.Create) || actions.Contains(BatchChange.Restore);
        var isFree = restores
            ? (Sql)$"""
                 AND NOT (l.action = {BatchChange.Delete} AND EXISTS (
                    SELECT FROM batches AS o WHERE o.account_id = {accountId} AND NOT o.is_deleted AND o.batch_code = l.batch_code))
                """
            : Sql.Empty;
        Sql action = $"""
            CASE c.undone WHEN {BatchChange.Update} THEN {BatchChange.Update} WHEN {BatchChange.Delete} THEN {BatchChange.Restore}
            ELSE {BatchChange.Delete} END
            """;
        var changed = BatchFields.Writable.Where(fields.Contains).ToList();
        var deletedAt = restores || deletes
            ? (Sql)$"""
                , deleted_at = CASE f.action WHEN {BatchChange.Delete} THEN NULL WHEN {BatchChange.Update} THEN b.deleted_at ELSE {now} END
                """
            : Sql.Empty;
        List<Field> recorded = [.. changed, BatchFields.DeletedAt];
        List<Field> compared = [.. recorded, .. BatchSearchSql.GetComparedFields(fields)];
        var record = ChangeSql.Record(
            action, ChangeSql.UpdatedAt, actor, changeId, ChangeSql.GetChanges(recorded, ChangeSql.OldColumns));
        return $"""
            WITH locked AS (
                SELECT b.*, h.version AS made, h.action, h.changes FROM batch_changes AS h JOIN batches AS b ON b.id = h.batch_id
                WHERE {IsOfChange(accountId, undone, since)} AND b.account_id = {accountId} AND b.id = ANY ({ids})
                ORDER BY b.id FOR UPDATE OF b),
            visible AS (SELECT l.*, l.version = l.made{isFree} AS is_undone FROM locked AS l{isVisible}),
            candidates AS (
                UPDATE batches AS b SET {Sql.Join("", changed.Select(AssignOldValue))}
                    {ChangeSql.NextVersion(accountId, new SqlValue(now, NpgsqlDbType.TimestampTz))}{deletedAt}
                FROM visible AS f WHERE b.account_id = {accountId} AND b.id = ANY ({ids}) AND b.id = f.id AND f.is_undone
                RETURNING {ChangeSql.ReturnSet(compared)}, f.action AS undone),
            {BatchSearchSql.UpdateSet(accountId, fields)}recorded AS ({record} FROM candidates AS c),
            skipped AS (SELECT v.id, v.version FROM visible AS v WHERE NOT v.is_undone),
            reported AS (SELECT s.id, s.version FROM skipped AS s ORDER BY s.id LIMIT {Sql.Literal(MaxReported)})
            {Result(Sql.Raw("(SELECT count(*) FROM visible)"), ReportSkipped, permitted)}
            """;
    }

    /// <summary>Finds some of the given ids that no batch has. Returns an array.</summary>
    public static Sql FindUnknownIds(Sql visible, string[] ids) =>
        $"""
        SELECT ARRAY(
            SELECT u.id FROM unnest({ids}) AS u(id) WHERE NOT EXISTS (SELECT FROM ({visible}) AS b WHERE b.id = u.id)
            ORDER BY u.id LIMIT {Sql.Literal(MaxReported)})
        """;

    /// <summary>Finds some of the selected deleted batches whose codes are taken. Returns the id, the code, the id of the batch that has
    /// the code or is also to get it, whether the policy permits that batch, and whether it is selected.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="visible">The query for the batches that the caller may restore and that meet the condition.</param>
    /// <param name="ids">The ids of the selected batches.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql FindConflicts(int accountId, Sql visible, string[] ids, Sql? permitted) =>
        $"""
        WITH chosen AS (SELECT b.id, b.batch_code FROM ({visible}) AS b WHERE b.id = ANY ({ids})),
        candidates AS (
            SELECT b.* FROM ({AccountBatchesSql.GetSql(accountId, deleted: false)}) AS b
            WHERE b.batch_code IN (SELECT o.batch_code FROM chosen AS o)),
        conflicts AS (
            SELECT o.id, o.batch_code, c.id AS holder, {ChangeSql.IsPermitted(permitted)} AS permitted, FALSE AS selected
            FROM chosen AS o JOIN candidates AS c ON c.batch_code = o.batch_code
            UNION ALL
            SELECT o.id, o.batch_code, x.id, TRUE, TRUE FROM chosen AS o JOIN chosen AS x ON x.batch_code = o.batch_code AND x.id < o.id)
        SELECT k.id, k.batch_code, k.holder, k.permitted, k.selected FROM conflicts AS k ORDER BY k.id LIMIT {Sql.Literal(MaxReported)}
        """;

    private static Sql ReportSkipped { get; } = Sql.Raw(
        """
        (SELECT count(*) FROM skipped), ARRAY(SELECT r.id FROM reported AS r ORDER BY r.id),
            ARRAY(SELECT r.version FROM reported AS r ORDER BY r.id)
        """);

    private static Sql IsOfChange(int accountId, string changeId, DateTime since) =>
        $"h.account_id = {accountId} AND h.change_id = {changeId} AND h.at >= {since}";

    /// <summary>One row with the numbers, joined with the sample.</summary>
    private static Sql Result(Sql matched, Sql skipped, Sql? permitted) =>
        $"""
        SELECT n.*, s.* FROM (
            SELECT {matched}, (SELECT count(*) FROM candidates),
                (SELECT count(*) FROM candidates AS c WHERE NOT ({ChangeSql.IsPermitted(permitted)})),
                {skipped}, {ChangeSql.TransactionId}, {MaxItems}) AS n
        LEFT JOIN (SELECT {ChangeSql.ReturnedColumns} FROM candidates AS c ORDER BY c.id LIMIT {Sql.Literal(SampleSize)}) AS s ON TRUE
        ORDER BY s.id
        """;

    private static Sql MaxItems { get; } = Sql.Raw(string.Join(
        ", ", Arrays.Select(field => $"coalesce((SELECT max(cardinality(c.{field.Column})) FROM candidates AS c), 0)")));

    /// <summary>Assigns the recorded old value of a field, if it was changed.</summary>
    private static Sql AssignOldValue(Field field)
    {
        var (name, column) = (field.Name, field.Column);
        var text = $"f.changes -> '{name}' ->> 0";
        var value = field.Kind switch
        {
            FieldKind.DateTime => $"({text})::timestamp AT TIME ZONE 'UTC'",
            FieldKind.Boolean => $"({text})::boolean",
            FieldKind.Integer => $"({text})::smallint",
            FieldKind.TextList =>
                $"ARRAY(SELECT e.x FROM jsonb_array_elements_text(f.changes -> '{name}' -> 0) WITH ORDINALITY AS e(x, n) ORDER BY e.n)",
            _ => text,
        };
        return Sql.Raw($"{column} = CASE WHEN f.changes ? '{name}' THEN {value} ELSE b.{column} END, ");
    }
}

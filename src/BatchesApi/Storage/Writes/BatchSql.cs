using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the statements that write batches. Each finds, checks, changes and records in one, so that nothing can happen in
/// between (<c>docs/decisions/0001-one-statement-per-write.md</c>).</summary>
internal static class BatchSql
{
    /// <summary>The fields whose changes are recorded.</summary>
    private static readonly IReadOnlyList<Field> RecordedFields = [.. BatchFields.Writable, BatchFields.DeletedAt];

    private static readonly Sql RecordedColumns = ListSql.Columns(RecordedFields);

    /// <summary>The columns that a write returns.</summary>
    private static readonly Sql ReturnedColumns = Columns("c.");

    private static readonly Sql InsertColumns = Sql.Raw($"account_id, {string.Join(", ", BatchFields.All.Select(field => field.Column))}");

    /// <summary>The id of the transaction, or null if it has changed nothing.</summary>
    private static readonly Sql TransactionId = Sql.Raw("pg_current_xact_id_if_assigned()");

    private static readonly Sql CreatedAt = Sql.Raw("c.created_at");

    private static readonly Sql UpdatedAt = Sql.Raw("c.updated_at");

    /// <summary>The recorded changes of a create: the history shows the first values instead.</summary>
    private static readonly Sql NoChanges = Sql.Raw("NULL");

    /// <summary>The column of each field, by its index.</summary>
    private static readonly Sql[] FieldColumns = [.. BatchFields.All.Select(field => Sql.Raw(field.Column))];

    /// <summary>The recorded change of each field, by its index: the old and the new value, if they differ.</summary>
    private static readonly Sql[] RecordedChanges = [.. BatchFields.All.Select(field => Sql.Raw(
        $"'{field.Name}', CASE WHEN f.{field.Column} IS DISTINCT FROM c.{field.Column} "
        + $"THEN jsonb_build_array({RecordedValue("f", field)}, {RecordedValue("c", field)}) END"))];

    /// <summary>Changes a batch. Returns no row if there is no such batch, the version that it has, and its columns if the version was an
    /// expected one. The last columns are whether the policy permits the batch after the change, and the id of the
    /// transaction.</summary>
    /// <param name="target">The batch.</param>
    /// <param name="change">The change.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="now">The current time.</param>
    /// <param name="visible">The query for the batches that the caller may change.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Change(BatchTarget target, BatchUpdate change, Actor actor, DateTime now, Sql visible, Sql? permitted)
    {
        var id = new SqlValue(target.Id, NpgsqlDbType.Text);
        var time = new SqlValue(now, NpgsqlDbType.TimestampTz);
        var hasVersion = target.Versions is { } versions ? $" AND f.version = ANY ({versions})" : Sql.Empty;
        var record = Record(change.Action, UpdatedAt, actor, GetChanges(change));

        // The policy is a query over the CTE named candidates.
        return $"""
            WITH found AS (
                SELECT b.version, b.search_short, b.search_long, {RecordedColumns} FROM ({visible}) AS b WHERE b.id = {id} FOR UPDATE),
            candidates AS (
                UPDATE batches AS b SET {GetAssignments(change, time)} FROM found AS f
                WHERE b.account_id = {target.AccountId} AND b.id = {id}{hasVersion} RETURNING b.*),
            {BatchSearchSql.Update(target.AccountId, id, change)}recorded AS (
                {record} FROM candidates AS c, found AS f WHERE c.version <> f.version)
            SELECT f.version, {ReturnedColumns}, {IsPermitted(permitted)}, {TransactionId} FROM found AS f LEFT JOIN candidates AS c ON TRUE
            """;
    }

    /// <summary>Creates batches. Returns the columns of <see cref="Change"/>, a row for each batch in no order.</summary>
    /// <param name="batches">The batches, of one account.</param>
    /// <param name="actor">Who creates them.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Create(IReadOnlyList<Batch> batches, Actor actor, Sql? permitted) =>
        $"""
        WITH candidates AS ({(batches is [var only] ? Insert(only) : Insert(batches))}),
        searched AS ({BatchSearchSql.Insert(Sql.Raw("candidates"))}),
        recorded AS ({Record(BatchChange.Create, CreatedAt, actor, NoChanges)} FROM candidates AS c)
        SELECT c.version, {ReturnedColumns}, {IsPermitted(permitted)}, {TransactionId} FROM candidates AS c
        """;

    /// <summary>Finds the active batches that have one of some codes. Returns the code, the id and whether the policy permits the
    /// batch.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="codes">A query for the codes, or an array of them.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql FindTakenCodes(int accountId, Sql codes, Sql? permitted) =>
        $"""
        WITH candidates AS (
            SELECT b.* FROM ({AccountBatchesSql.GetSql(accountId, deleted: false)}) AS b WHERE b.batch_code = ANY ({codes}))
        SELECT c.batch_code, c.id, {IsPermitted(permitted)} FROM candidates AS c
        """;

    /// <summary>The code of one batch, for <see cref="FindTakenCodes"/>.</summary>
    public static Sql SelectCode(Sql visible, string id) => $"SELECT d.batch_code FROM ({visible}) AS d WHERE d.id = {id}";

    /// <summary>Returns the names of the fields in which a batch differs from an earlier version, according to its history.</summary>
    public static Sql FindChangedFields(int accountId, string id, int since) =>
        $"""
        SELECT d.key FROM batch_changes AS h, jsonb_each(h.changes) AS d
        WHERE h.account_id = {accountId} AND h.batch_id = {id} AND h.version > {since}
        GROUP BY d.key
        HAVING (array_agg(d.value -> 0 ORDER BY h.version))[1] IS DISTINCT FROM (array_agg(d.value -> 1 ORDER BY h.version DESC))[1]
        """;

    private static Sql Insert(Batch batch)
    {
        var values = Sql.Join(", ", BatchFields.All.Select(field => (Sql)$"{new SqlValue(field, field.Get(batch))}"));
        return $"INSERT INTO batches AS b ({InsertColumns}) VALUES ({batch.AccountId}, {values}) RETURNING b.*";
    }

    /// <summary>Inserts batches from arrays of values. Array fields are passed as text, because arrays of arrays must have equal lengths.
    /// The order of the codes prevents deadlocks: of two concurrent inserts, only one waits for the other.</summary>
    private static Sql Insert(IReadOnlyList<Batch> batches)
    {
        var selected = Sql.Raw(string.Join(
            ", ", BatchFields.All.Select(field => $"n.{field.Column}{(field.Kind == FieldKind.TextList ? "::text[]" : "")}")));
        var values = Sql.Join(", ", BatchFields.All.Select(field => (Sql)$"{GetValues(field, batches)}"));
        return $"""
            INSERT INTO batches AS b ({InsertColumns}) SELECT {batches[0].AccountId}, {selected}
            FROM unnest({values}) AS n ({Columns("")})
            ORDER BY n.batch_code COLLATE "C" RETURNING b.*
            """;
    }

    private static SqlValue GetValues(Field field, IReadOnlyList<Batch> batches)
    {
        var values = batches.Select(field.Get);
        return field.Kind switch
        {
            FieldKind.Text => new SqlValue(values.Cast<string?>().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            FieldKind.DateTime => new SqlValue(values.Cast<DateTime?>().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz),
            FieldKind.Boolean => new SqlValue(values.Cast<bool>().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Boolean),
            FieldKind.Integer => new SqlValue(values.Cast<int?>().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
            _ => new SqlValue(
                values.Select(items => PostgresArrayLiteral.Create((string[])items!)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        };
    }

    /// <summary>The start of the statement that records changes of the candidates.</summary>
    private static Sql Record(string action, Sql at, Actor actor, Sql changes) =>
        $"""
        INSERT INTO batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name, changes)
        SELECT c.account_id, c.id, c.version, {at}, {action}, {actor.Kind}, {actor.Id}, {actor.Name}, {changes}
        """;

    private static Sql IsPermitted(Sql? permitted) =>
        permitted is null ? Sql.True : $"c.id IN (SELECT p.id FROM ({permitted}) AS p)";

    private static Sql GetAssignments(BatchUpdate change, SqlValue now) => change.Action switch
    {
        BatchChange.Delete => $"deleted_at = {now}, updated_at = GREATEST(b.updated_at, {now}), version = b.version + 1",
        BatchChange.Restore => $"deleted_at = NULL, updated_at = GREATEST(b.updated_at, {now}), version = b.version + 1",
        _ => GetAssignments([.. BatchFields.Writable.Where(change.Fields.Contains)], change.Values, now),
    };

    /// <summary>Assigns new values. Fields that were not passed are not assigned, so that PostgreSQL need not compute the search text
    /// again. Version and time of change only change if a value does.</summary>
    private static Sql GetAssignments(IReadOnlyList<Field> fields, Batch batch, SqlValue now)
    {
        if (fields.Count == 0)
            return Sql.Raw("version = b.version");
        var assigned = fields.Select(field => (Column: FieldColumns[field.Index], Value: new SqlValue(field, field.Get(batch)))).ToList();
        var assignments = Sql.Join(", ", assigned.Select(pair => (Sql)$"{pair.Column} = {pair.Value}"));
        var isChanged = Sql.Join(" OR ", assigned.Select(pair => (Sql)$"b.{pair.Column} IS DISTINCT FROM {pair.Value}"));
        return $"""
            {assignments},
            updated_at = CASE WHEN {isChanged} THEN GREATEST(b.updated_at, {now}) ELSE b.updated_at END,
            version = b.version + CASE WHEN {isChanged} THEN 1 ELSE 0 END
            """;
    }

    /// <summary>The fields, by name, that a write changed, each with the old and the new value.</summary>
    private static Sql GetChanges(BatchUpdate change)
    {
        var fields = change.Action == BatchChange.Update ? RecordedFields.Where(change.Fields.Contains) : [BatchFields.DeletedAt];
        return $"jsonb_strip_nulls(jsonb_build_object({Sql.Join(", ", fields.Select(field => RecordedChanges[field.Index]))}))";
    }

    /// <summary>A value as it is recorded: times are in UTC, whatever the time zone of the session.</summary>
    private static string RecordedValue(string table, Field field) =>
        $"{table}.{field.Column}{(field.Kind == FieldKind.DateTime ? " AT TIME ZONE 'UTC'" : "")}";

    private static Sql Columns(string prefix) => Sql.Raw(string.Join(", ", BatchFields.All.Select(field => $"{prefix}{field.Column}")));
}

using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the statements that write batches. Each finds, checks, changes and records in one, so that nothing can happen in
/// between (<c>docs/decisions/0001-one-statement-per-write.md</c>).</summary>
internal static class BatchSql
{
    private static readonly Sql RecordedColumns = ListSql.Columns(ChangeSql.RecordedFields);

    private static readonly Sql InsertColumns = Sql.Raw(string.Join(
        ", ", BatchFields.All.Select(field => field.Column).Prepend("position").Prepend("account_id")));

    /// <summary>Changes a batch. Returns no row if there is no such batch, the version that it has, and its columns if the version was an
    /// expected one. The last columns are whether the policy permits the batch after the change, the id of the transaction, and whether
    /// the required lease lasts.</summary>
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
        var hasVersion = target.Versions is { } versions ? $" AND f.version = ANY ({versions})" : Sql.Empty;
        var lease = new LeaseCheckSql(target);
        var record = ChangeSql.Record(
            $"{change.Action}",
            ChangeSql.UpdatedAt,
            actor,
            changeId: null,
            ChangeSql.GetChanges(ChangeSql.GetRecordedFields(change), ChangeSql.OldRow));

        // The policy is a query over the CTE named candidates.
        return $"""
            WITH found AS (
                SELECT b.version, b.search_short, b.search_long, {RecordedColumns} FROM ({visible}) AS b WHERE b.id = {id} FOR UPDATE),
            {lease.With}candidates AS (
                UPDATE batches AS b SET {new Assignments(target.AccountId, change, now, "b").IfChanged} FROM found AS f
                WHERE b.account_id = {target.AccountId} AND b.id = {id}{hasVersion} AND {lease.Lasts} RETURNING b.*),
            {BatchSearchSql.UpdateOne(target.AccountId, id, change.Fields)}recorded AS (
                {record} FROM candidates AS c, found AS f WHERE c.version <> f.version)
            SELECT f.version, {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)}, {ChangeSql.TransactionId}, {lease.Lasts}
            FROM found AS f LEFT JOIN candidates AS c ON TRUE
            """;
    }

    /// <summary>Creates batches. Returns the columns of <see cref="Change"/> but the last, a row for each batch in no order.</summary>
    /// <param name="batches">The batches, of one account.</param>
    /// <param name="actor">Who creates them.</param>
    /// <param name="changeId">The id of the bulk change; null for one batch.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Create(IReadOnlyList<Batch> batches, Actor actor, string? changeId, Sql? permitted) =>
        $"""
        WITH candidates AS ({(batches is [var only] ? Insert(only) : Insert(batches))}),
        searched AS ({BatchSearchSql.Insert(Sql.Raw("candidates"))}),
        recorded AS (
            {ChangeSql.Record($"{BatchChange.Create}", ChangeSql.CreatedAt, actor, changeId, ChangeSql.Null)} FROM candidates AS c)
        SELECT c.version, {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)}, {ChangeSql.TransactionId} FROM candidates AS c
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
        SELECT c.batch_code, c.id, {ChangeSql.IsPermitted(permitted)} FROM candidates AS c
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
        return $"""
            INSERT INTO batches AS b ({InsertColumns})
            VALUES ({batch.AccountId}, {ChangeSql.Position(batch.AccountId)}, {values}) RETURNING b.*
            """;
    }

    /// <summary>Inserts batches from arrays of values. Array fields are passed as text, because arrays of arrays must have equal lengths.
    /// The order of the codes prevents deadlocks: of two concurrent inserts, only one waits for the other.</summary>
    private static Sql Insert(IReadOnlyList<Batch> batches)
    {
        var selected = Sql.Raw(string.Join(
            ", ", BatchFields.All.Select(field => $"n.{field.Column}{(field.Kind == FieldKind.TextList ? "::text[]" : "")}")));
        var values = Sql.Join(", ", BatchFields.All.Select(field => (Sql)$"{GetValues(field, batches)}"));
        return $"""
            INSERT INTO batches AS b ({InsertColumns}) SELECT {batches[0].AccountId}, {ChangeSql.Position(batches[0].AccountId)}, {selected}
            FROM unnest({values}) AS n ({ChangeSql.Columns("")})
            ORDER BY n.batch_code COLLATE "C" RETURNING b.*
            """;
    }

    /// <summary>The values of a field of batches, as an array for <c>unnest</c>.</summary>
    public static SqlValue GetValues(Field field, IReadOnlyList<Batch> batches)
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
}

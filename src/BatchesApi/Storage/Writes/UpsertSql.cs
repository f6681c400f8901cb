using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the statements of upserts, which <see cref="UpsertWriter"/> runs in one transaction.</summary>
internal static class UpsertSql
{
    /// <summary>Locks the active batches that have one of some codes. Returns the columns of <see cref="BatchSql.Create"/>.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Lock(int accountId, string[] codes, Sql? permitted) =>
        $"""
        WITH candidates AS (
            SELECT b.* FROM ({AccountBatchesSql.GetSql(accountId, deleted: false)}) AS b
            WHERE b.batch_code = ANY ({codes}) ORDER BY b.id FOR UPDATE)
        SELECT c.version, {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)}, NULL::xid8 FROM candidates AS c
        """;

    /// <summary>Gives locked batches new values, each its own. Returns the columns of <see cref="BatchSql.Create"/>, a row for each batch
    /// that the values change.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="ids">The ids of the batches.</param>
    /// <param name="patches">Their new values, in the same order.</param>
    /// <param name="fields">The fields that any of them changes.</param>
    /// <param name="actor">Who changes them.</param>
    /// <param name="changeId">The id of the bulk change; null for one batch.</param>
    /// <param name="now">The current time.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    public static Sql Update(
        int accountId,
        string[] ids,
        IReadOnlyList<BatchPatch> patches,
        IReadOnlyList<Field> fields,
        Actor actor,
        string? changeId,
        DateTime now,
        Sql? permitted)
    {
        var values = patches.Select(patch => patch.Values).ToList();
        var passed = new SqlValue(
            patches.Select(patch => (int)patch.Passed.Bits).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        var arrays = Sql.Join("", fields.Select(field => (Sql)$", {BatchSql.GetValues(field, values)}"));
        var set = default(FieldSet);
        foreach (var field in fields)
            set = set.With(field);
        var columns = Sql.Raw(string.Concat(fields.Select(field => $", {field.Column}")));
        var newColumns = Sql.Raw(string.Concat(fields.Select(field => $", n.{field.Column} AS new_{field.Column}")));
        var record = ChangeSql.Record(
            $"{BatchChange.Update}", ChangeSql.UpdatedAt, actor, changeId, ChangeSql.GetChanges(fields, ChangeSql.OldColumns));
        return $"""
            WITH found AS (
                SELECT b.*, n.passed{newColumns} FROM unnest({ids}, {passed}{arrays}) AS n (id, passed{columns})
                JOIN batches AS b ON b.account_id = {accountId} AND b.id = ANY ({ids}) AND b.id = n.id),
            candidates AS (
                UPDATE batches AS b SET {Sql.Join("", fields.Select(field => (Sql)$"{Sql.Raw(field.Column)} = {NewValue(field)}, "))}
                    {ChangeSql.NextVersion(accountId, new SqlValue(now, NpgsqlDbType.TimestampTz))}
                FROM found AS f WHERE b.account_id = {accountId} AND b.id = ANY ({ids}) AND b.id = f.id
                    AND ({Sql.Join(" OR ", fields.Select(IsChanged))})
                RETURNING {ChangeSql.ReturnSet([.. fields, .. BatchSearchSql.GetComparedFields(set)])}),
            {BatchSearchSql.UpdateSet(accountId, set)}recorded AS ({record} FROM candidates AS c)
            SELECT c.version, {ChangeSql.ReturnedColumns}, {ChangeSql.IsPermitted(permitted)}, {ChangeSql.TransactionId}
            FROM candidates AS c
            """;
    }

    private static Sql IsChanged(Field field) => $"f.{Sql.Raw(field.Column)} IS DISTINCT FROM {NewValue(field)}";

    /// <summary>The passed value, or the old one if none was passed.</summary>
    private static Sql NewValue(Field field)
    {
        var type = field.Kind == FieldKind.TextList ? "::text[]" : "";
        return Sql.Raw($"CASE WHEN f.passed & {1 << field.Index} <> 0 THEN f.new_{field.Column}{type} ELSE f.{field.Column} END");
    }
}

using BatchesApi.Domain;

namespace BatchesApi.Storage.Writes;

/// <summary>The parts that the statements of writes have in common. In these, <c>c</c> is a row of the CTE <c>candidates</c>: a batch after
/// the change.</summary>
internal static class ChangeSql
{
    /// <summary>The prefix of the columns of the batch before the change, if one is changed: the row <c>f</c>.</summary>
    public const string OldRow = "f.";

    /// <summary>The same if several are changed: further columns of the candidates. A join of two sets would be slow, because PostgreSQL
    /// does not know their sizes when it plans.</summary>
    public const string OldColumns = "c.old_";

    /// <summary>The fields whose changes are recorded.</summary>
    public static readonly IReadOnlyList<Field> RecordedFields = [.. BatchFields.Writable, BatchFields.DeletedAt];

    /// <summary>The columns of the batches <c>c</c> that a write returns.</summary>
    public static readonly Sql ReturnedColumns = Columns("c.");

    /// <summary>The id of the transaction, or null if it has changed nothing.</summary>
    public static readonly Sql TransactionId = Sql.Raw("pg_current_xact_id_if_assigned()");

    public static readonly Sql CreatedAt = Sql.Raw("c.created_at");

    public static readonly Sql UpdatedAt = Sql.Raw("c.updated_at");

    /// <summary>No value: the change of a single batch has no id, and the history of a create shows the first values.</summary>
    public static readonly Sql Null = Sql.Raw("NULL");

    /// <summary>The recorded change of each field, by its index: the old and the new value, if they differ.</summary>
    private static readonly Sql[] RowChanges = [.. BatchFields.All.Select(field => GetChange(field, OldRow))];

    private static readonly Sql[] SetChanges = [.. BatchFields.All.Select(field => GetChange(field, OldColumns))];

    /// <summary>The start of the statement that records changes of the candidates.</summary>
    /// <param name="action">The action, as a value or an expression.</param>
    /// <param name="at">The time of the change.</param>
    /// <param name="actor">Who makes the change.</param>
    /// <param name="changeId">The id of the bulk change; null for the change of one batch.</param>
    /// <param name="changes">The changed fields with their values.</param>
    public static Sql Record(Sql action, Sql at, Actor actor, string? changeId, Sql changes) =>
        $"""
        INSERT INTO batch_changes (
            account_id, batch_id, version, at, position, action, actor_kind, actor_id, actor_name, change_id, changes)
        SELECT c.account_id, c.id, c.version, {at}, c.position, {action}, {actor.Kind}, {actor.Id}, {actor.Name},
            {(changeId is null ? Null : (Sql)$"{changeId}")}, {changes}
        """;

    /// <summary>The fields, by name, that a write changed, each with the old and the new value.</summary>
    /// <param name="fields">The fields that it can have changed.</param>
    /// <param name="old"><see cref="OldRow"/> or <see cref="OldColumns"/>.</param>
    public static Sql GetChanges(IEnumerable<Field> fields, string old)
    {
        var changes = old == OldRow ? RowChanges : SetChanges;
        return $"jsonb_strip_nulls(jsonb_build_object({Sql.Join(", ", fields.Select(field => changes[field.Index]))}))";
    }

    /// <summary>What the UPDATE of a set returns: the batches <c>b</c>, and as <see cref="OldColumns"/> what <c>f</c> had before.</summary>
    /// <param name="fields">The fields that it can have changed.</param>
    public static Sql ReturnSet(IEnumerable<Field> fields) => Sql.Raw(string.Concat(
        ["b.*, f.search_short AS old_search_short, f.search_long AS old_search_long",
         .. fields.Select(field => $", f.{field.Column} AS old_{field.Column}")]));

    /// <summary>The assignments that every change of a batch <c>b</c> has. The time of change never goes back.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="now">The current time.</param>
    public static Sql NextVersion(int accountId, SqlValue now) =>
        $"updated_at = {NewTime(now)}, version = b.version + 1, position = {NewPosition(accountId)}";

    /// <summary>The position of a change of a batch <c>b</c>. It is after that of the change before, whose transaction may have begun
    /// later.</summary>
    public static Sql NewPosition(int accountId) => $"GREATEST(b.position, {Position(accountId)})";

    /// <summary>The position of the changes of the current transaction (<c>docs/decisions/0016-order-of-changes.md</c>).</summary>
    public static Sql Position(int accountId) =>
        $"(SELECT a.position_offset FROM accounts AS a WHERE a.id = {accountId}) + pg_current_xact_id()::text::bigint";

    /// <summary>The time of a change of a batch <c>b</c>.</summary>
    /// <param name="now">The current time.</param>
    public static Sql NewTime(SqlValue now) => $"GREATEST(b.updated_at, {now})";

    /// <summary>The fields whose changes a write records.</summary>
    public static IEnumerable<Field> GetRecordedFields(BatchUpdate change) =>
        change.Action == BatchChange.Update ? RecordedFields.Where(change.Fields.Contains) : [BatchFields.DeletedAt];

    /// <summary>Whether the policy permits the candidate.</summary>
    /// <param name="permitted">A query over the CTE <c>candidates</c>; null if it permits all.</param>
    public static Sql IsPermitted(Sql? permitted) =>
        permitted is null ? Sql.True : $"c.id IN (SELECT p.id FROM ({permitted}) AS p)";

    /// <summary>The columns of all fields.</summary>
    public static Sql Columns(string prefix) => Columns(prefix, BatchFields.All);

    public static Sql Columns(string prefix, IEnumerable<Field> fields) =>
        Sql.Raw(string.Join(", ", fields.Select(field => $"{prefix}{field.Column}")));

    private static Sql GetChange(Field field, string old) => Sql.Raw(
        $"'{field.Name}', CASE WHEN {old}{field.Column} IS DISTINCT FROM c.{field.Column} "
        + $"THEN jsonb_build_array({RecordedValue(old, field)}, {RecordedValue("c.", field)}) END");

    /// <summary>A value as it is recorded: times are in UTC, whatever the time zone of the session.</summary>
    private static string RecordedValue(string prefix, Field field) =>
        $"{prefix}{field.Column}{(field.Kind == FieldKind.DateTime ? " AT TIME ZONE 'UTC'" : "")}";
}

using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>What an UPDATE of batches <c>b</c> assigns. Fields that were not passed are not assigned, so that PostgreSQL need not compute
/// the searched text again.</summary>
internal sealed class Assignments
{
    /// <summary>The column of each field, by its index.</summary>
    private static readonly Sql[] Columns = [.. BatchFields.All.Select(field => Sql.Raw(field.Column))];

    private readonly int _accountId;
    private readonly BatchUpdate _change;
    private readonly SqlValue _now;
    private readonly Sql _old;
    private readonly IReadOnlyList<(Sql Column, Sql Value)> _values;

    /// <param name="accountId">The account.</param>
    /// <param name="change">The change.</param>
    /// <param name="now">The current time.</param>
    /// <param name="old">The name of the row with the batch before the change.</param>
    public Assignments(int accountId, BatchUpdate change, DateTime now, string old)
    {
        (_accountId, _change, _now, _old) = (accountId, change, new SqlValue(now, NpgsqlDbType.TimestampTz), Sql.Raw(old));
        _values =
        [
            .. BatchFields.Writable
                .Where(change.Fields.Contains)
                .Select(field => (Columns[field.Index], change.ListChanges.TryGetValue(field, out var list)
                    ? Apply(list, $"{_old}.{Columns[field.Index]}")
                    : (Sql)$"{new SqlValue(field, field.Get(change.Values))}")),
        ];
    }

    /// <summary>Whether the change changes the batch.</summary>
    public Sql IsChanged => (_change.Action, _values.Count) switch
    {
        (BatchChange.Update, 0) => Sql.Raw("FALSE"),
        (BatchChange.Update, _) =>
            $"({Sql.Join(" OR ", _values.Select(pair => (Sql)$"{_old}.{pair.Column} IS DISTINCT FROM {pair.Value}"))})",
        _ => Sql.True,
    };

    /// <summary>The assignments to a batch that the change changes.</summary>
    public Sql Always => $"{Sql.Join("", GetValues().Select(value => (Sql)$"{value}, "))}{ChangeSql.NextVersion(_accountId, _now)}";

    /// <summary>The assignments to a batch that may be as the change wants it. Version and time of change only change if a value
    /// does.</summary>
    public Sql IfChanged
    {
        get
        {
            if (_change.Action != BatchChange.Update)
                return Always;
            if (_values.Count == 0)
                return Sql.Raw("version = b.version");
            var isChanged = IsChanged;
            return $"""
                {Sql.Join(", ", GetValues())},
                updated_at = CASE WHEN {isChanged} THEN {ChangeSql.NewTime(_now)} ELSE b.updated_at END,
                version = b.version + CASE WHEN {isChanged} THEN 1 ELSE 0 END,
                position = CASE WHEN {isChanged} THEN {ChangeSql.NewPosition(_accountId)} ELSE b.position END
                """;
        }
    }

    private IEnumerable<Sql> GetValues() => _change.Action switch
    {
        BatchChange.Delete => [$"deleted_at = {_now}"],
        BatchChange.Restore => [Sql.Raw("deleted_at = NULL")],
        _ => _values.Select(pair => (Sql)$"{pair.Column} = {pair.Value}"),
    };

    /// <summary>The array after a change: the elements that are not removed, then the added ones that it does not have.</summary>
    private static Sql Apply(IdListChange change, Sql array) =>
        $"""
        ARRAY(SELECT u.x FROM unnest({array}) WITH ORDINALITY AS u(x, n) WHERE u.x <> ALL ({change.Remove}) ORDER BY u.n)
        || ARRAY(SELECT u.x FROM unnest({change.Add}) WITH ORDINALITY AS u(x, n) WHERE u.x <> ALL ({array}) ORDER BY u.n)
        """;
}

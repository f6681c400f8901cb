using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>The order of a list as SQL over batches <c>b</c>. Records without a value come last in both directions, but an index with nulls
/// last has them first when it is read backwards. A list is therefore read in partitions: first the records with a value of the first key,
/// then those without. A list by a boolean is read in two partitions by its next key.</summary>
/// <param name="plan">The list.</param>
/// <param name="reversed">Whether to read the list from its end.</param>
internal sealed class OrderSql(ListPlan plan, bool reversed = false)
{
    private readonly IReadOnlyList<OrderKey> _keys = plan.Order;

    /// <summary>The values, by key, of the record after which the list continues; null if it starts at a page.</summary>
    private readonly SqlValue?[]? _after =
        plan.After is null ? null : [.. plan.After.Select((value, i) => value is null ? null : new SqlValue(plan.Order[i].Field, value))];

    private Field First => _keys[0].Field;

    private bool IsByBoolean => First.Kind == FieldKind.Boolean;

    /// <summary>Whether the list is read in partitions. Without an index, all records are sorted.</summary>
    private bool IsPartitioned =>
        BatchIndex.HasOrder(First) && (plan.MayBeMissing(First) || (IsByBoolean && _keys.Count > 1));

    /// <summary>The columns of the keys and the id.</summary>
    public Sql Columns => ListSql.Columns(_keys.Select(key => key.Field).Append(BatchFields.Id).Distinct());

    /// <summary>The order of all records.</summary>
    public Sql OrderBy => Terms(_keys, includesNulls: true);

    /// <summary>The order within a partition.</summary>
    public Sql PartitionOrderBy =>
        !IsPartitioned ? OrderBy : Terms(IsByBoolean ? _keys.Skip(1) : _keys, includesNulls: false);

    /// <summary>The condition for records after the one after which the list continues; TRUE if it starts at a page.</summary>
    public Sql SeekPredicate =>
        _after is null ? Sql.True : Sql.Join(" OR ", Partitions().Select(partition => (Sql)$"({partition})"));

    /// <summary>The conditions of the partitions, in order.</summary>
    public IReadOnlyList<Sql> Partitions()
    {
        if (!IsPartitioned)
            return [_after is null ? Sql.True : KeysetPredicate()];
        var (first, last) = IsByBoolean
            ? _keys[0].Descending ? (Column(0), Not(Column(0))) : (Not(Column(0)), Column(0))
            : ((Sql)$"{Column(0)} IS NOT NULL", $"{Column(0)} IS NULL");
        if (_after is null)
            return reversed ? [last, first] : [first, last];

        // A list that continues is not reversed.
        var isInFirst = IsByBoolean ? (bool)plan.After![0]! == _keys[0].Descending : _after[0] is not null;
        var rest = IsByBoolean || !isInFirst ? KeysetPredicateFrom(1) : KeysetPredicate();
        return isInFirst ? [$"{first} AND ({rest})", last] : [$"{last} AND ({rest})"];
    }

    private Sql Terms(IEnumerable<OrderKey> keys, bool includesNulls) => Sql.Raw(string.Join(", ", keys.Select(key =>
    {
        var isDescending = key.Descending != reversed;
        var namesNulls = plan.MayBeMissing(key.Field) && (includesNulls || key.Field != First) && key.Descending;
        return $"b.{key.Field.Column}{(isDescending ? " DESC" : "")}{(namesNulls ? reversed ? " NULLS FIRST" : " NULLS LAST" : "")}";
    })));

    /// <summary>The condition for records that come after the one after which the list continues. If the list is partitioned, for those of
    /// its partition.</summary>
    private Sql KeysetPredicate()
    {
        if (_after![0] is not null
            && _keys.All(key => key.Descending == _keys[0].Descending)
            && !_keys.Any(key => plan.MayBeMissing(key.Field) && (key != _keys[0] || !IsPartitioned)))
        {
            var values = Sql.Join(", ", _after.Select(value => (Sql)$"{value!}"));
            return $"({ListSql.Columns(_keys.Select(key => key.Field))}) {Comparison(0)} ({values})";
        }

        // The index scan starts at the first comparison alone.
        return _after[0] is { } first && (IsPartitioned || !plan.MayBeMissing(First))
            ? $"{Column(0)} {Comparison(0)}= {first} AND ({KeysetPredicateFrom(0)})"
            : KeysetPredicateFrom(0);
    }

    /// <summary>The condition for records that come after by a key or the later ones, if the earlier ones are equal. The last key is never
    /// null.</summary>
    private Sql KeysetPredicateFrom(int i)
    {
        var column = Column(i);
        if (_after![i] is not { } value)
            return $"{column} IS NULL AND ({KeysetPredicateFrom(i + 1)})";
        Sql predicate = $"{column} {Comparison(i)} {value}";
        if (plan.MayBeMissing(_keys[i].Field))
            predicate = $"{column} IS NULL OR {predicate}";
        return i + 1 < _keys.Count ? $"{predicate} OR {column} = {value} AND ({KeysetPredicateFrom(i + 1)})" : predicate;
    }

    private Sql Column(int key) => Sql.Raw($"b.{_keys[key].Field.Column}");

    private Sql Comparison(int key) => Sql.Raw(_keys[key].Descending ? "<" : ">");

    private static Sql Not(Sql condition) => $"NOT {condition}";
}

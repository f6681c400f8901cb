using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>The order of a list as SQL over batches <c>b</c>. Records without a value come last in both directions, but an index with nulls
/// last has them first when it is read backwards. A list is therefore read in null partitions: first the records with a value of the first
/// key, then those without.</summary>
/// <param name="plan">The list.</param>
/// <param name="reversed">Whether to read the list from its end.</param>
internal sealed class OrderSql(ListPlan plan, bool reversed = false)
{
    private readonly IReadOnlyList<OrderKey> _keys = plan.Order;

    /// <summary>The values, by key, of the record after which the list continues; null if it starts at a page.</summary>
    private readonly SqlValue?[]? _after =
        plan.After is null ? null : [.. plan.After.Select((value, i) => value is null ? null : new SqlValue(plan.Order[i].Field, value))];

    private Field First => _keys[0].Field;

    /// <summary>The columns of the keys and the id.</summary>
    public Sql Columns => ListSql.Columns(_keys.Select(key => key.Field).Append(BatchFields.Id).Distinct());

    /// <summary>The order of all records.</summary>
    public Sql OrderBy => Terms(includesNulls: true);

    /// <summary>The order within a null partition.</summary>
    public Sql PartitionOrderBy => Terms(includesNulls: false);

    /// <summary>The condition for records after the one after which the list continues; TRUE if it starts at a page.</summary>
    public Sql SeekPredicate => _after is null
        ? Sql.True
        : Sql.Join(" OR ", NullPartitions().SelectMany(parts => parts).Select(part => (Sql)$"({part})"));

    /// <summary>The conditions of the null partitions, in order. A partition with several conditions is read by several indexes, whose
    /// records must be merged.</summary>
    public IReadOnlyList<IReadOnlyList<Sql>> NullPartitions()
    {
        if (!plan.MayBeMissing(First))
            return [[KeysetPredicate() ?? Sql.True]];

        var column = Column(0);
        if (_after is [null, ..])
            return [[$"{column} IS NULL AND ({KeysetPredicateFrom(1)})"]];

        Sql without = $"{column} IS NULL";
        Sql with = $"{column} IS NOT NULL";
        IReadOnlyList<Sql> parts = BatchIndex.MayBeTooLong(First)
            ? [And(with, Sql.Raw(BatchIndex.IsShortEnough(First))), And(with, Sql.Raw(BatchIndex.IsTooLong(First)))]
            : [with];
        if (KeysetPredicate() is { } after)
            parts = [.. parts.Select(part => And(part, after))];
        return reversed ? [[without], parts] : [parts, [without]];
    }

    private Sql Terms(bool includesNulls) => Sql.Raw(string.Join(", ", _keys.Select(key =>
    {
        var isDescending = key.Descending != reversed;
        var namesNulls = plan.MayBeMissing(key.Field) && (includesNulls || key.Field != First) && key.Descending;
        return $"b.{key.Field.Column}{(isDescending ? " DESC" : "")}{(namesNulls ? reversed ? " NULLS FIRST" : " NULLS LAST" : "")}";
    })));

    /// <summary>The condition for records that have a value of the first key and come after the one after which the list continues; null if
    /// all do.</summary>
    private Sql? KeysetPredicate()
    {
        if (_after is null)
            return null;
        if (_keys.All(key => key.Descending == _keys[0].Descending && (key == _keys[0] || !plan.MayBeMissing(key.Field))))
        {
            var values = Sql.Join(", ", _after.Select(value => (Sql)$"{value!}"));
            return $"({ListSql.Columns(_keys.Select(key => key.Field))}) {Comparison(0)} ({values})";
        }

        // The index scan starts at the first comparison alone.
        return $"{Column(0)} {Comparison(0)}= {_after[0]!} AND ({KeysetPredicateFrom(0)})";
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

    private static Sql And(Sql one, Sql other) => $"{one} AND {other}";
}

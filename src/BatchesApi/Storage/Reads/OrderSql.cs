using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Lists;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>The order of a list as SQL over batches <c>b</c>. Records without a value come last in both directions, but an index that has them
/// last when read forwards has them first when read backwards. So a list is read in stretches: those with a value of the first key, then
/// those without.</summary>
/// <param name="plan">The list.</param>
/// <param name="reversed">Whether to read it from its end.</param>
internal sealed class OrderSql(ListPlan plan, bool reversed = false)
{
    private readonly IReadOnlyList<OrderKey> _keys = plan.Order;

    private Field First => _keys[0].Field;

    /// <summary>The columns that tell the order, the id among them.</summary>
    public string Columns => ListSql.Columns(_keys.Select(key => key.Field).Append(BatchFields.Id).Distinct());

    /// <summary>The order of all records.</summary>
    public string OrderBy => Terms(firstMayBeMissing: true);

    /// <summary>The order within a stretch.</summary>
    public string PartitionOrderBy => Terms(firstMayBeMissing: false);

    /// <summary>The condition that a record comes after the one where the list goes on; null where it begins at a page.</summary>
    public string? SeekPredicate => plan.After is null ? null : string.Join(" OR ", NullPartitions().SelectMany(parts => parts).Select(part => $"({part})"));

    /// <summary>The parameters of the conditions.</summary>
    public IEnumerable<NpgsqlParameter> Parameters => (plan.After ?? []).Index()
        .Where(value => value.Item is not null)
        .Select(value => new NpgsqlParameter(GetParameterName(value.Index), BatchRowReader.GetDbType(_keys[value.Index].Field)) { Value = value.Item });

    /// <summary>The conditions of the stretches in their order. A stretch of several is to be merged of as many.</summary>
    public IReadOnlyList<IReadOnlyList<string>> NullPartitions()
    {
        if (!plan.MayBeMissing(First))
            return [[Joined(KeysetPredicate())]];

        var goesOnWithout = plan.After is [null, ..];
        IReadOnlyList<string> without = [Joined($"b.{First.Column} IS NULL", goesOnWithout ? $"({KeysetPredicateFrom(1)})" : null)];
        if (goesOnWithout)
            return [without];

        var hasValue = $"b.{First.Column} IS NOT NULL";
        IReadOnlyList<string> with = BatchIndex.MayBeTooLong(First)
            ? [Joined(hasValue, BatchIndex.IsShortEnough(First), KeysetPredicate()), Joined(hasValue, BatchIndex.IsTooLong(First), KeysetPredicate())]
            : [Joined(hasValue, KeysetPredicate())];
        return reversed ? [without, with] : [with, without];
    }

    private string Terms(bool firstMayBeMissing) => string.Join(", ", _keys.Select(key =>
    {
        var isDescending = key.Descending != reversed;
        var needsWord = plan.MayBeMissing(key.Field) && (firstMayBeMissing || key.Field != First) && key.Descending;
        return $"b.{key.Field.Column}{(isDescending ? " DESC" : "")}{(needsWord ? reversed ? " NULLS FIRST" : " NULLS LAST" : "")}";
    }));

    /// <summary>The condition that a record with a value of the first key follows; null where all do.</summary>
    private string? KeysetPredicate()
    {
        if (plan.After is null)
            return null;
        if (_keys.All(key => key.Descending == _keys[0].Descending && (key == _keys[0] || !plan.MayBeMissing(key.Field))))
            return $"({ListSql.Columns(_keys.Select(key => key.Field))}) {ComparisonFor(_keys[0])} ({string.Join(", ", _keys.Select((_, i) => $"@{GetParameterName(i)}"))})";

        // The first comparison alone tells the index where to begin.
        return $"b.{First.Column} {ComparisonFor(_keys[0])}= @{GetParameterName(0)} AND ({KeysetPredicateFrom(0)})";
    }

    /// <summary>The condition that a record follows by the keys from one on, those before being equal. The last of them is never missing.</summary>
    private string KeysetPredicateFrom(int i)
    {
        var column = $"b.{_keys[i].Field.Column}";
        if (plan.After![i] is null)
            return $"{column} IS NULL AND ({KeysetPredicateFrom(i + 1)})";
        var isMissing = plan.MayBeMissing(_keys[i].Field) ? $"{column} IS NULL OR " : "";
        var isEqual = i + 1 < _keys.Count ? $" OR {column} = @{GetParameterName(i)} AND ({KeysetPredicateFrom(i + 1)})" : "";
        return $"{isMissing}{column} {ComparisonFor(_keys[i])} @{GetParameterName(i)}{isEqual}";
    }

    private static string Joined(params IEnumerable<string?> conditions) => string.Join(" AND ", conditions.OfType<string>().DefaultIfEmpty("TRUE"));

    private static string ComparisonFor(OrderKey key) => key.Descending ? "<" : ">";

    private static string GetParameterName(int key) => string.Create(CultureInfo.InvariantCulture, $"after{key}");
}

using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Reads;

/// <summary>The conditions of a list for which the GIN indexes find the batches, in no order.</summary>
internal static class IndexedConditions
{
    /// <summary>The conditions of a list that an index serves.</summary>
    public static IReadOnlyList<Condition> Find(ListPlan plan) => [.. plan.Parts.Where(IsIndexed)];

    /// <summary>The query for the ids of the batches of an account that meet such a condition, some of them several times.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="accountId">The account.</param>
    public static Sql FindIds(Condition condition, int accountId) => Compose(condition, accountId, term =>

        // A subquery is evaluated once, and not for each row.
        $"(SELECT search_like_pattern({term}))");

    /// <summary>The same for all accounts, with the values in it, so that PostgreSQL estimates how many there are. The indexes find the
    /// batches of all accounts.</summary>
    public static Sql FindInAllAccounts(Condition condition) => Compose(condition, accountId: null, term => $"search_like_pattern({term})");

    /// <summary>All conditions on array elements, at any depth, which an index can evaluate for all batches together.</summary>
    public static IEnumerable<Contains> FindArrays(Condition condition) => condition switch
    {
        Contains { Values.Count: > 0 } array => [array],
        Logical { Parts: var parts } => parts.SelectMany(FindArrays),
        _ => [],
    };

    /// <summary>Replaces conditions on array elements, at any depth, by the ids of the batches with these elements.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="idsOf">The ids for each replaced condition.</param>
    public static Condition ReplaceArrays(Condition condition, IReadOnlyDictionary<Contains, IReadOnlyList<string>> idsOf) =>
        condition switch
        {
            Contains array when idsOf.TryGetValue(array, out var ids) =>
                ids.Count == 0 ? new Constant(!array.IsPositive) : new OneOf(BatchFields.Id, ids, array.IsPositive),
            Logical(var isAnd, var parts) => Logical.Create(isAnd, parts.Select(part => ReplaceArrays(part, idsOf))),
            _ => condition,
        };

    private static bool IsIndexed(Condition condition) => condition switch
    {
        TextSearch { IsPositive: var isPositive } => isPositive,
        Contains { IsPositive: var isPositive, Values: var values } => isPositive && values.Count > 0,
        Logical { IsAnd: false, Parts: var parts } => parts.All(part => IsIndexed(part) || IsId(part)),
        _ => false,
    };

    private static bool IsId(Condition condition) =>
        condition is Comparison { Operator: ComparisonOperator.Equal, Field: var field } && field == BatchFields.Id;

    private static Sql Compose(Condition condition, int? accountId, Func<string, Sql> getPattern)
    {
        var account = accountId is { } id ? $" AND s.account_id = {id}" : Sql.Empty;
        return condition switch
        {
            TextSearch(var term, _) => $"SELECT s.batch_id FROM batch_search AS s WHERE s.text LIKE {getPattern(term)}{account}",
            Contains(var field, var values, var all, _) =>
                $"""
                SELECT s.batch_id FROM batch_search AS s
                WHERE s.part = {Sql.Literal(BatchSearch.LongPart)}
                AND s.{Sql.Raw(field.Column)} {(all ? ContainsAll : ContainsAny)} {values.Cast<string>().ToArray()}{account}
                """,
            Logical(_, var parts) => Sql.Join(" UNION ALL ", parts.Select(part => Compose(part, accountId, getPattern))),
            Comparison(_, _, var value) => $"SELECT {(string)value}",
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, null),
        };
    }

    private static Sql ContainsAll { get; } = Sql.Raw("@>");

    private static Sql ContainsAny { get; } = Sql.Raw("&&");
}

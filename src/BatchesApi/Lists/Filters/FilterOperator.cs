using System.Collections.Frozen;

namespace BatchesApi.Lists.Filters;

/// <summary>The operators that a condition puts on a field (specification, section 3).</summary>
internal enum FilterOperator
{
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Nin,
    Exists,
    Not,
    All,
    Size,
    ElemMatch,
    Contains,
    StartsWith,
}

/// <summary>The operators that join conditions.</summary>
internal enum LogicalOperator
{
    And,
    Or,
    Nor,
}

/// <summary>The names of the operators: in <c>p</c> as MongoDB writes them, to the letter; in <c>fields</c> without the dollar and in any case.
/// Each language has some that the other lacks.</summary>
internal static class FilterOperators
{
    /// <summary>The operators that <c>fields</c> knows.</summary>
    private static readonly FilterOperator[] InTerms =
    [
        FilterOperator.Eq, FilterOperator.Ne, FilterOperator.Gt, FilterOperator.Gte, FilterOperator.Lt, FilterOperator.Lte, FilterOperator.In,
        FilterOperator.Contains, FilterOperator.StartsWith,
    ];

    /// <summary>The operators that <c>p</c> knows.</summary>
    private static readonly FilterOperator[] InPolicies =
        [.. Enum.GetValues<FilterOperator>().Where(op => op is not (FilterOperator.Contains or FilterOperator.StartsWith))];

    private static readonly FrozenDictionary<string, FilterOperator> ByName =
        InPolicies.ToFrozenDictionary(GetMongoName, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, LogicalOperator> LogicalByName =
        Enum.GetValues<LogicalOperator>().ToFrozenDictionary(GetMongoName, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, FilterOperator> ByWord =
        InTerms.ToFrozenDictionary(op => GetMongoName(op)[1..], StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of the operators on fields in <c>p</c>.</summary>
    public static IReadOnlyList<string> MongoNames { get; } = [.. InPolicies.Select(GetMongoName)];

    /// <summary>The names of the operators that join conditions in <c>p</c>.</summary>
    public static IReadOnlyList<string> MongoLogicalNames { get; } = [.. Enum.GetValues<LogicalOperator>().Select(GetMongoName)];

    /// <summary>The operators in <c>fields</c>.</summary>
    public static IReadOnlyList<string> FieldsNames { get; } = [.. InTerms.Select(op => GetMongoName(op)[1..])];

    /// <summary>The operator of that name in <c>p</c>, or null.</summary>
    public static FilterOperator? FromMongoName(string name) => ByName.TryGetValue(name, out var op) ? op : null;

    /// <summary>The joining operator of that name in <c>p</c>, or null.</summary>
    public static LogicalOperator? LogicalFromMongoName(string name) => LogicalByName.TryGetValue(name, out var op) ? op : null;

    /// <summary>The operator of that name in <c>fields</c>, or null.</summary>
    public static FilterOperator? FromFieldsName(string word) => ByWord.TryGetValue(word, out var op) ? op : null;

    /// <summary>The name of an operator in <c>p</c>.</summary>
    public static string GetMongoName(FilterOperator op) => $"${char.ToLowerInvariant(op.ToString()[0])}{op.ToString()[1..]}";

    private static string GetMongoName(LogicalOperator op) => $"${op.ToString().ToLowerInvariant()}";
}

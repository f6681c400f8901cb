using System.Collections.Frozen;
using System.Text.Json;

namespace BatchesApi.Lists.Filters;

/// <summary>The operators on a field (specification, sections 3.6 and 3.7). <c>p</c> supports all of them.</summary>
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

/// <summary>The operators that combine conditions.</summary>
internal enum LogicalOperator
{
    And,
    Or,
    Nor,
}

/// <summary>The operators of <c>fields</c>: case-insensitive, without a dollar sign.</summary>
internal static class FieldsOperators
{
    private static readonly FilterOperator[] All =
    [
        FilterOperator.Eq, FilterOperator.Ne, FilterOperator.Gt, FilterOperator.Gte, FilterOperator.Lt, FilterOperator.Lte,
        FilterOperator.In, FilterOperator.Contains, FilterOperator.StartsWith,
    ];

    private static readonly FrozenDictionary<string, FilterOperator> ByName =
        All.ToFrozenDictionary(GetName, StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(GetName)];

    public static bool TryParse(string name, out FilterOperator op) => ByName.TryGetValue(name, out op);

    /// <summary>The name of an operator, without MongoDB's dollar sign.</summary>
    public static string GetName(FilterOperator op) => JsonNamingPolicy.CamelCase.ConvertName(op.ToString());
}

/// <summary>The operators of <c>p</c>: case-sensitive, as MongoDB spells them, and two more for text.</summary>
internal static class MongoOperators
{
    private static readonly FilterOperator[] All = Enum.GetValues<FilterOperator>();

    private static readonly FrozenDictionary<string, FilterOperator> ByName = All.ToFrozenDictionary(GetName, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, LogicalOperator> LogicalByName =
        Enum.GetValues<LogicalOperator>().ToFrozenDictionary(GetName, StringComparer.Ordinal);

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(GetName)];

    public static IReadOnlyList<string> LogicalNames { get; } = [.. Enum.GetValues<LogicalOperator>().Select(GetName)];

    public static bool TryParse(string name, out FilterOperator op) => ByName.TryGetValue(name, out op);

    public static bool TryParse(string name, out LogicalOperator op) => LogicalByName.TryGetValue(name, out op);

    public static string GetName(FilterOperator op) => $"${FieldsOperators.GetName(op)}";

    private static string GetName(LogicalOperator op) => $"${op.ToString().ToLowerInvariant()}";
}

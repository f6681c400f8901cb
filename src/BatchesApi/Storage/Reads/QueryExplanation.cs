using System.Text.Json.Nodes;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>How a list was run, for <c>Prefer: explain</c>. It names fields, never tables or SQL.</summary>
/// <param name="Plan">The list.</param>
/// <param name="Steps">The steps, in order.</param>
internal sealed record QueryExplanation(ListPlan Plan, IReadOnlyList<ExplainStep> Steps)
{
    /// <summary>The explanation as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["where"] = Plan.Where.ToString(),
        ["order"] = string.Join(", ", Plan.Order),
        ["steps"] = new JsonArray([.. Steps.Select(step => step.ToJson())]),
    };
}

/// <summary>A step of a list.</summary>
/// <param name="Name"><c>walk</c>: read records in order until the page is full; <c>head</c>: search the first records in order;
/// <c>gather</c>: find all matches, then sort them; <c>count</c>.</param>
/// <param name="Indexes">The indexes used, described by their fields; <c>none</c> for a sequential scan.</param>
/// <param name="EstimatedRows">Number of records in the result, as PostgreSQL estimated it.</param>
/// <param name="ActualRows">Number of records in the result.</param>
/// <param name="ReadRows">Number of records that were read.</param>
/// <param name="SortedRows">Number of records that were sorted because no index has them in order.</param>
internal sealed record ExplainStep(
    string Name, IReadOnlyList<string> Indexes, long EstimatedRows, long ActualRows, long ReadRows, long SortedRows)
{
    /// <summary>Parses the output of EXPLAIN (ANALYZE, FORMAT JSON).</summary>
    public static ExplainStep Parse(string name, string explained)
    {
        var plan = JsonNode.Parse(explained)![0]!["Plan"]!;
        var nodes = Nodes(plan).Where(node => Loops(node) > 0).ToList();
        return new ExplainStep(
            name,
            [.. nodes.Select(GetIndex).OfType<string>().Distinct()],
            Number(plan, "Plan Rows"),
            Rows(plan),
            nodes.Where(IsRead).Sum(node => (Rows(node) + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck")) * Loops(node)),
            nodes.Where(IsSort).Sum(node => Rows(node["Plans"]![0]!) * Loops(node)));
    }

    /// <summary>The step as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["step"] = Name,
        ["indexes"] = new JsonArray([.. Indexes.Select(index => JsonValue.Create(index))]),
        ["estimatedRows"] = EstimatedRows,
        ["actualRows"] = ActualRows,
        ["readRows"] = ReadRows,
        ["sortedRows"] = SortedRows,
    };

    private static IEnumerable<JsonNode> Nodes(JsonNode node) =>
        (node["Plans"]?.AsArray() ?? []).SelectMany(child => Nodes(child!)).Prepend(node);

    /// <summary>Whether a node reads records of the table, with or without an index.</summary>
    private static bool IsRead(JsonNode node) => node["Relation Name"] is not null;

    private static bool IsSort(JsonNode node) => (string)node["Node Type"]! is "Sort" or "Incremental Sort";

    private static string? GetIndex(JsonNode node) =>
        node["Index Name"] is { } index ? BatchIndex.Describe((string)index!)
        : (string)node["Node Type"]! == "Seq Scan" ? "none"
        : null;

    private static long Rows(JsonNode node) => Number(node, "Actual Rows");

    private static long Loops(JsonNode node) => Number(node, "Actual Loops");

    private static long Number(JsonNode node, string name) => (long)((double?)node[name] ?? 0);
}

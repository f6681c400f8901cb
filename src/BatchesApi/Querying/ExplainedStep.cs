using System.Text.Json.Nodes;
using BatchesApi.Data;

namespace BatchesApi.Querying;

/// <summary>One step of finding a list.</summary>
/// <param name="Name"><c>walk</c>: records read in order until the page is full; <c>head</c>: the first few looked at; <c>gather</c>: all that match found,
/// then sorted; <c>count</c>.</param>
/// <param name="Indexes">The indexes that were used, by their fields; of records that were read one after the other, <c>none</c>.</param>
/// <param name="EstimatedRows">Records that PostgreSQL expected as the result.</param>
/// <param name="ActualRows">Records that were the result.</param>
/// <param name="ReadRows">Records that were looked at for it.</param>
internal sealed record ExplainedStep(string Name, IReadOnlyList<string> Indexes, long EstimatedRows, long ActualRows, long ReadRows)
{
    /// <summary>Reads what PostgreSQL tells in EXPLAIN (ANALYZE, FORMAT JSON).</summary>
    public static ExplainedStep Of(string name, string explained)
    {
        var plan = JsonNode.Parse(explained)![0]!["Plan"]!;
        var scans = Nodes(plan).Where(node => Number(node, "Actual Loops") > 0).ToList();
        return new ExplainedStep(
            name,
            [.. scans.Select(IndexOf).OfType<string>().Distinct()],
            Number(plan, "Plan Rows"),
            Number(plan, "Actual Rows"),
            scans.Where(IsRead).Sum(node =>
                (Number(node, "Actual Rows") + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck")) * Number(node, "Actual Loops")));
    }

    /// <summary>The step as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["step"] = Name,
        ["indexes"] = new JsonArray([.. Indexes.Select(index => JsonValue.Create(index))]),
        ["estimatedRows"] = EstimatedRows,
        ["actualRows"] = ActualRows,
        ["readRows"] = ReadRows,
    };

    private static IEnumerable<JsonNode> Nodes(JsonNode node) =>
        (node["Plans"]?.AsArray() ?? []).SelectMany(child => Nodes(child!)).Prepend(node);

    /// <summary>Whether a node reads records of the table, by whichever way.</summary>
    private static bool IsRead(JsonNode node) => node["Relation Name"] is not null;

    private static string? IndexOf(JsonNode node) =>
        node["Index Name"] is { } index ? BatchIndex.Describe((string)index!)
        : (string)node["Node Type"]! == "Seq Scan" ? "none"
        : null;

    private static long Number(JsonNode node, string name) => (long)((double?)node[name] ?? 0);
}

using System.Text.Json.Nodes;

namespace BatchesApi.Storage.Reads;

/// <summary>One step of finding a list.</summary>
/// <param name="Name"><c>walk</c>: records read in order until the page is full; <c>head</c>: the first few looked at; <c>gather</c>: all that match found,
/// then sorted; <c>count</c>.</param>
/// <param name="Indexes">The indexes that were used, by their fields; of records that were read one after the other, <c>none</c>.</param>
/// <param name="EstimatedRows">Records that PostgreSQL expected as the result.</param>
/// <param name="ActualRows">Records that were the result.</param>
/// <param name="ReadRows">Records that were looked at for it.</param>
/// <param name="SortedRows">Records that had to be sorted, since no index had them in order.</param>
internal sealed record ExplainStep(
    string Name, IReadOnlyList<string> Indexes, long EstimatedRows, long ActualRows, long ReadRows, long SortedRows)
{
    /// <summary>Reads what PostgreSQL tells in EXPLAIN (ANALYZE, FORMAT JSON).</summary>
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

    /// <summary>Whether a node reads records of the table, by whichever way.</summary>
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

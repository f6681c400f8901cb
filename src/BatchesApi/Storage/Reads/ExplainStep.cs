using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BatchesApi.Domain;

namespace BatchesApi.Storage.Reads;

[Description("A step of finding the records.")]
internal sealed record ExplainStep
{
    [Description("`walk`: reads records in order until the page is full. `head`: reads the first 500 or more records in order. `gather`: "
        + "finds all matches in no order, then sorts them. `count`: counts records.")]
    [JsonPropertyName("step"), Component("ExplainStepName")]
    public required string Name { get; init; }

    [Description("The indexes used, named by the fields of their order. `text`: the text index. `none`: no index, the records were read "
        + "one after the other.")]
    public required IReadOnlyList<string> Indexes { get; init; }

    [Description("The number of result records that PostgreSQL expected."), Example(21)]
    public required long EstimatedRows { get; init; }

    [Description("The number of result records; 1 for a count."), Example(21)]
    public required long ActualRows { get; init; }

    [Description("The number of records that were read for the result. If it is far above the `actualRows` of a `walk` or `gather`, no "
        + "index serves the filters.")]
    [Example(84)]
    public required long ReadRows { get; init; }

    [Description("The number of records that had to be sorted because no index has them in order. Many make a list slow."), Example(0)]
    public required long SortedRows { get; init; }

    /// <summary>Parses the output of <c>EXPLAIN (ANALYZE, FORMAT JSON)</c>.</summary>
    public static ExplainStep Parse(string name, string explained)
    {
        var plan = GetPlan(explained);
        var nodes = Nodes(plan).Where(node => Loops(node) > 0).ToList();
        return new ExplainStep
        {
            Name = name,
            Indexes = [.. nodes.Select(GetIndex).OfType<string>().Distinct()],
            EstimatedRows = Number(plan, "Plan Rows"),
            ActualRows = Rows(plan),
            ReadRows = nodes.Where(IsRead).Sum(node => RowsRead(node) * Loops(node)),
            SortedRows = nodes.Where(IsSort).Sum(node => Rows(node["Plans"]![0]!) * Loops(node)),
        };
    }

    /// <summary>Parses the number of rows that the output of <c>EXPLAIN (FORMAT JSON)</c> estimates.</summary>
    public static long ParseEstimate(string explained) => Number(GetPlan(explained), "Plan Rows");

    /// <summary>The plan that reads the table. On Citus, it is the plan of a shard inside that of the coordinator.</summary>
    private static JsonNode GetPlan(string explained)
    {
        var plan = JsonNode.Parse(explained)![0]!["Plan"]!;
        while (First(First(First(plan["Distributed Query"]?["Job"]?["Tasks"])?["Remote Plan"])) is { } ofShard)
            plan = ofShard["Plan"]!;
        return plan;
    }

    private static JsonNode? First(JsonNode? array) => array?.AsArray().FirstOrDefault();

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

    /// <summary>The rows that a node read in each loop, with those that it removed.</summary>
    private static long RowsRead(JsonNode node) =>
        Rows(node) + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck");

    private static long Loops(JsonNode node) => Number(node, "Actual Loops");

    private static long Number(JsonNode node, string name) => (long)((double?)node[name] ?? 0);
}

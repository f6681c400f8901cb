using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ApiTests.Docs;

/// <summary>Compares a response with the documented one.</summary>
internal static partial class DocumentedJson
{
    /// <summary>The differences by JSON path. Values that differ between servers need only have the same format.</summary>
    public static IEnumerable<string> Differences(JsonNode? stated, JsonNode? actual, string path = "$")
    {
        if (stated is JsonObject statedObject && actual is JsonObject actualObject)
        {
            var (statedNames, actualNames) =
                (statedObject.Select(member => member.Key).ToList(), actualObject.Select(member => member.Key).ToList());
            return statedNames.SequenceEqual(actualNames)
                ? statedNames.SelectMany(name => GetFormat(name) is { } format
                    ? HasFormat(format, statedObject[name]) && HasFormat(format, actualObject[name])
                        ? []
                        : [$"{path}.{name}: {Text(actualObject[name])}"]
                    : Differences(statedObject[name], actualObject[name], $"{path}.{name}"))
                : [$"{path}: has the members {string.Join(", ", actualNames)}"];
        }
        if (stated is JsonArray statedItems && actual is JsonArray actualItems && statedItems.Count == actualItems.Count)
            return statedItems.Zip(actualItems).SelectMany((items, i) => Differences(items.First, items.Second, $"{path}[{i}]"));
        return JsonNode.DeepEquals(stated, actual) ? [] : [$"{path}: {Text(actual)}"];
    }

    private static Regex? GetFormat(string name) => name switch
    {
        "id" => Id(),
        "createdAt" or "updatedAt" or "deletedAt" => Instant(),
        "nextCursor" => CursorOrNull(),
        "traceId" => TraceId(),
        "estimatedRows" => Number(),
        _ => null,
    };

    private static bool HasFormat(Regex format, JsonNode? value) => format.IsMatch(Text(value));

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";

    [GeneratedRegex("^\"[0-9a-f]{24}\"$")]
    private static partial Regex Id();

    [GeneratedRegex(@"^""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z""$")]
    private static partial Regex Instant();

    [GeneratedRegex("^(null|\"[-_0-9A-Za-z]+\")$")]
    private static partial Regex CursorOrNull();

    [GeneratedRegex("^\"[0-9a-f]{32}\"$")]
    private static partial Regex TraceId();

    [GeneratedRegex(@"^\d+$")]
    private static partial Regex Number();
}

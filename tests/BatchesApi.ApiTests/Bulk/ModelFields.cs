using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>The writable fields of a <see cref="ModelBatch"/> and their JSON.</summary>
internal static class ModelFields
{
    public const string Code = "batchCode";
    public const string Type = "batchType";

    /// <summary>The value of each field that is not passed.</summary>
    public static ImmutableDictionary<string, string> Defaults { get; } = ImmutableDictionary.CreateRange(StringComparer.Ordinal,
    [
        .. ((string[])[Code, Type, "manager", "assignee", "dueDate", "summary", "notes", "rating"])
            .Select(name => KeyValuePair.Create(name, "null")),
        KeyValuePair.Create("repeated", "false"), KeyValuePair.Create("leadIds", "[]"), KeyValuePair.Create("opportunityIds", "[]"),
    ]);

    public static bool AreEqual(ImmutableDictionary<string, string> one, ImmutableDictionary<string, string> other) =>
        one.All(value => other[value.Key] == value.Value);

    /// <summary>Whether a passed value is a change of an id list.</summary>
    public static bool IsListChange(string json) => json.StartsWith('{');

    /// <summary>Whether a passed value adds and removes the same element.</summary>
    public static bool IsInvalid(string json) =>
        IsListChange(json)
        && JsonNode.Parse(json)!.AsObject() is var change
        && Items(change["add"]).Intersect(Items(change["remove"])).Any();

    /// <summary>Sets fields as PATCH does (specification, section 2).</summary>
    public static ImmutableDictionary<string, string> Apply(
        ImmutableDictionary<string, string> values, IReadOnlyDictionary<string, string> set) =>
        values.SetItems(set.Select(field => KeyValuePair.Create(
            field.Key,
            IsListChange(field.Value) ? Apply(values[field.Key], JsonNode.Parse(field.Value)!.AsObject())
                : field.Value == "null" ? Defaults[field.Key]
                : field.Value)));

    public static string Write(IEnumerable<string> items) => JsonSerializer.Serialize(items);

    /// <summary>The JSON of an object with some fields.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> fields) =>
        $"{{{string.Join(',', fields.Select(field => $"\"{field.Key}\":{field.Value}"))}}}";

    private static string Apply(string list, JsonObject change)
    {
        var removed = Items(change["remove"]);
        var kept = Items(JsonNode.Parse(list)).Where(item => !removed.Contains(item)).ToList();
        return Write([.. kept, .. Items(change["add"]).Distinct().Where(item => !kept.Contains(item))]);
    }

    private static List<string> Items(JsonNode? list) => list is null ? [] : [.. list.AsArray().Select(item => (string)item!)];
}

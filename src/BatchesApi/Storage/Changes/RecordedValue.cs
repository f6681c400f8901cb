using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.Storage.Changes;

/// <summary>The values of fields as the history records them.</summary>
internal static class RecordedValue
{
    /// <summary>The value as a field has it.</summary>
    public static object? Parse(Field field, JsonNode? recorded) => recorded is null ? null : field.Kind switch
    {
        FieldKind.DateTime => ParseTime(recorded),
        FieldKind.Boolean => (bool)recorded,
        FieldKind.Integer => (int)recorded,
        FieldKind.TextList => recorded.AsArray().Select(item => (string)item!).ToArray(),
        _ => (string)recorded!,
    };

    /// <summary>The changes of a change, in the order of the catalogue.</summary>
    /// <param name="recorded">The fields with their old and new values, as JSON.</param>
    public static IReadOnlyList<FieldChange> ParseChanges(string recorded)
    {
        var changes = JsonNode.Parse(recorded)!.AsObject();
        return
        [
            .. BatchFields.All
                .Where(field => changes.ContainsKey(field.Name))
                .Select(field => new FieldChange(
                    field, ToPublic(field, changes[field.Name]![0]), ToPublic(field, changes[field.Name]![1]))),
        ];
    }

    /// <summary>The changes of the creation of a batch: its values.</summary>
    public static IReadOnlyList<FieldChange> GetInitial(Batch batch) =>
    [
        .. BatchFields.Writable
            .Select(field => new FieldChange(field, null, GetPublic(field, batch)))
            .Where(change => change.New is not null),
    ];

    private static JsonNode? ToPublic(Field field, JsonNode? recorded) =>
        field.Kind == FieldKind.DateTime && recorded is not null ? Rfc3339.Format(ParseTime(recorded)) : recorded?.DeepClone();

    private static JsonNode? GetPublic(Field field, Batch batch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            field.WriteValue(json, batch);
        return JsonNode.Parse(buffer.WrittenSpan);
    }

    private static DateTime ParseTime(JsonNode recorded) => Rfc3339.Parse((string)recorded!)!.Value;
}

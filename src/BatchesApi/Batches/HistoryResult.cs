using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>A page of the history of a batch.</summary>
/// <param name="Entries">The changes, the newest first.</param>
/// <param name="Limit">Maximum number of changes on a page.</param>
/// <param name="NextCursor">The cursor of the next page; null on the last page.</param>
internal sealed record HistoryResult(IReadOnlyList<HistoryEntry> Entries, int Limit, string? NextCursor) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = JsonOutput.MediaType;
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, JsonOutput.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var entry in Entries)
            Write(json, entry);
        json.WriteEndArray();
        json.WriteNumber("limit", Limit);
        json.WriteString("nextCursor", NextCursor);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, HistoryEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("version", entry.Version);
        json.WriteString("action", entry.Action);
        json.WritePropertyName("at");
        Rfc3339.Write(json, entry.At);
        json.WriteStartObject("by");
        json.WriteString("kind", entry.By.Kind);
        json.WriteString("id", entry.By.Id.Length == 0 ? null : entry.By.Id);
        json.WriteString("name", entry.By.Name);
        json.WriteEndObject();
        json.WriteStartObject("changes");
        foreach (var change in entry.Changes)
        {
            json.WriteStartObject(change.Field.EncodedName);
            Write(json, "old", change.Old);
            Write(json, "new", change.New);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, JsonNode? value)
    {
        json.WritePropertyName(name);
        if (value is null)
            json.WriteNullValue();
        else
            value.WriteTo(json, JsonOutput.NodeOptions);
    }
}

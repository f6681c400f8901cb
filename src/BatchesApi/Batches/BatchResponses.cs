using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>Responses with batches; those with a single batch have its entity tag.</summary>
internal static class BatchResponses
{
    /// <summary>An existing batch with some fields.</summary>
    public static StoredResponse Ok(Batch batch, FieldSet fields) =>
        new(StatusCodes.Status200OK, ToJson(batch, fields), EntityTag: EntityTags.FromVersion(batch.Version));

    /// <summary>A created batch with the path of its <c>Location</c>.</summary>
    public static StoredResponse Created(Batch batch, string path) =>
        new(StatusCodes.Status201Created, ToJson(batch, FieldSet.All), path, EntityTags.FromVersion(batch.Version));

    /// <summary>The batches of an array, some of which may have existed before.</summary>
    public static StoredResponse Array(IReadOnlyList<Batch> batches, int created) =>
        new(created > 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK, JsonOutput.Write(batches, WriteArray));

    /// <summary>The batches of a bulk create, with their numbers.</summary>
    /// <param name="batches">The batches, in the order of the request.</param>
    /// <param name="created">The number of created ones.</param>
    /// <param name="updated">The number of changed ones.</param>
    /// <param name="changeId">The id of the change, if it changed anything.</param>
    public static StoredResponse Bulk(IReadOnlyList<Batch> batches, int created, int updated, string? changeId) =>
        new(StatusCodes.Status200OK, JsonOutput.Write((batches, created, updated, changeId), static (json, state) =>
        {
            json.WriteStartObject();
            json.WritePropertyName("data");
            WriteArray(json, state.batches);
            json.WriteNumber("created", state.created);
            json.WriteNumber("updated", state.updated);
            json.WriteNumber("unchanged", state.batches.Count - state.created - state.updated);
            json.WriteString("changeId", state.created + state.updated > 0 ? state.changeId : null);
            json.WriteEndObject();
        }));

    /// <summary>Writes an array of batches with all fields.</summary>
    public static void WriteArray(Utf8JsonWriter json, IReadOnlyList<Batch> batches)
    {
        json.WriteStartArray();
        foreach (var batch in batches)
            BatchJson.Write(json, batch, FieldSet.All);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> ToJson(Batch batch, FieldSet fields) =>
        JsonOutput.Write((batch, fields), static (json, state) => BatchJson.Write(json, state.batch, state.fields));
}

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

    /// <summary>Batches that were created from an array.</summary>
    public static StoredResponse Created(IReadOnlyList<Batch> batches) =>
        new(StatusCodes.Status201Created, JsonOutput.Write(batches, WriteArray));

    private static void WriteArray(Utf8JsonWriter json, IReadOnlyList<Batch> batches)
    {
        json.WriteStartArray();
        foreach (var batch in batches)
            BatchJson.Write(json, batch, FieldSet.All);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> ToJson(Batch batch, FieldSet fields) =>
        JsonOutput.Write((batch, fields), static (json, state) => BatchJson.Write(json, state.batch, state.fields));
}

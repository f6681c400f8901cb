using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Batches;

/// <summary>Batches as answers, a single one with its entity tag.</summary>
internal static class BatchResponses
{
    /// <summary>A batch that was there before.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="keep">The fields to keep.</param>
    public static StoredResponse Create(Batch batch, FieldSet keep) => new(StatusCodes.Status200OK, Json(batch, keep), EntityTag: EntityTags.FromVersion(batch.Version));

    /// <summary>A batch that was created.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="path">The path of the batch.</param>
    public static StoredResponse Created(Batch batch, string path) =>
        new(StatusCodes.Status201Created, Json(batch, FieldSet.All), path, EntityTags.FromVersion(batch.Version));

    /// <summary>Batches that were created together.</summary>
    public static StoredResponse Created(IReadOnlyList<Batch> batches) => new(StatusCodes.Status201Created, JsonOutput.Write(batches, static (json, batches) =>
    {
        json.WriteStartArray();
        foreach (var batch in batches)
            BatchJson.Write(json, batch, FieldSet.All);
        json.WriteEndArray();
    }));

    private static ReadOnlyMemory<byte> Json(Batch batch, FieldSet keep) => JsonOutput.Write((batch, keep), static (json, kept) => BatchJson.Write(json, kept.batch, kept.keep));
}

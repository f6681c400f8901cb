namespace BatchesApi.Http;

/// <summary>What an operation answers when it succeeds.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Description">What the answer is.</param>
/// <param name="Schema">The schema of its body in the OpenAPI document; null where it has none.</param>
/// <param name="Headers">Its own headers.</param>
internal sealed record ResponseMetadata(int Status, string Description, string? Schema, params string[] Headers)
{
    /// <summary>A page of living batches.</summary>
    public static ResponseMetadata Page { get; } = new(200, "A page of batches.", "BatchPage", "Link", "X-Total-Count", "Preference-Applied");

    /// <summary>A page of deleted batches.</summary>
    public static ResponseMetadata DeletedPage { get; } = new(200, "A page of deleted batches.", "DeletedBatchPage", "Link", "X-Total-Count", "Preference-Applied");

    /// <summary>A living batch.</summary>
    public static ResponseMetadata Batch { get; } = new(200, "The batch.", "Batch", "ETag");

    /// <summary>A deleted batch.</summary>
    public static ResponseMetadata DeletedBatch { get; } = new(200, "The deleted batch.", "DeletedBatch", "ETag");

    /// <summary>The batch or batches that were created.</summary>
    public static ResponseMetadata Created { get; } =
        new(201, "The batch, as created; for an array, the batches in its order, without `ETag` and `Location`.", "CreatedBatches", "ETag", "Location", "Idempotent-Replayed");

    /// <summary>A batch that was restored.</summary>
    public static ResponseMetadata Restored { get; } = new(200, "The batch.", "Batch", "ETag", "Idempotent-Replayed");

    /// <summary>The client has it already.</summary>
    public static ResponseMetadata NotModified { get; } = new(304, "The batch still has that version; there is no body.", null, "ETag");

    /// <summary>A page of a history.</summary>
    public static ResponseMetadata History { get; } = new(200, "A page of the history.", "HistoryPage");

    /// <summary>An access token.</summary>
    public static ResponseMetadata AccessToken { get; } = new(200, "The access token.", "AccessToken");

    /// <summary>What a credential is.</summary>
    public static ResponseMetadata Credential { get; } = new(200, "The credential.", "Credential");

    /// <summary>No body.</summary>
    public static ResponseMetadata NoContent { get; } = new(204, "Done; there is no body.", null);
}

using BatchesApi.Domain;

namespace BatchesApi.Http;

// Metadata of operations for the OpenAPI document: handlers read requests and write responses themselves, so their signatures describe
// neither.

/// <summary>The query parameters of an operation, in the order of the document.</summary>
internal sealed record ParameterMetadata(params IReadOnlyList<ApiParameter> All)
{
    public IReadOnlyList<ApiParameter> Headers { get; init; } = [];

    public IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];
}

/// <summary>The problems that an operation can respond with.</summary>
internal sealed record ProblemMetadata(params ProblemCode[] Codes);

/// <summary>The operation only reads, whatever its method.</summary>
internal sealed record ReadOnlyMetadata
{
    public static ReadOnlyMetadata Instance { get; } = new();
}

/// <summary>The responses of the operation are compressed for clients that accept it.</summary>
internal sealed record CompressionMetadata
{
    public static CompressionMetadata Instance { get; } = new();
}

/// <summary>A successful response.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Description">The description in the document.</param>
/// <param name="Schema">The name of the schema of the body; null if there is no body.</param>
/// <param name="Headers">The headers that only this response has.</param>
internal sealed record ResponseMetadata(int Status, string Description, string? Schema, params string[] Headers)
{
    /// <summary>The media type that clients may accept instead of JSON, or null. The document has JSON alone, because generators cannot
    /// express a choice.</summary>
    public string? OtherMediaType { get; init; }

    private const string AcceptCsv = "With `Accept: text/csv` the response is CSV with a header row (RFC 4180)";

    private const string Csv =
        $"{AcceptCsv}, whose next page is the link `next`; with `Accept: text/csv; bom=true` it is made for spreadsheet programs.";

    private const string GroupCsv =
        $"{AcceptCsv}; with `Accept: text/csv; bom=true` it is made for spreadsheet programs.";

    public static ResponseMetadata Page { get; } = new(
        200, $"A page of batches. {Csv}", "BatchPage", "Link", "X-Total-Count", "Preference-Applied")
    {
        OtherMediaType = BatchCsv.MediaType,
    };

    public static ResponseMetadata DeletedPage { get; } = new(
        200, $"A page of deleted batches. {Csv}", "DeletedBatchPage", "Link", "X-Total-Count", "Preference-Applied")
    {
        OtherMediaType = BatchCsv.MediaType,
    };

    public static ResponseMetadata SearchPage { get; } = new(
        200, "A page of batches.", "BatchPage", "X-Total-Count", "Preference-Applied");

    public static ResponseMetadata Batch { get; } = new(200, "The batch.", "Batch", "ETag");

    public static ResponseMetadata DeletedBatch { get; } = new(200, "The deleted batch.", "DeletedBatch", "ETag");

    public static ResponseMetadata Created { get; } = new(
        201,
        "The created batch. The response to an array is the array of the created batches in its order, without `ETag` and `Location`.",
        "Batch",
        "ETag",
        "Location",
        "Idempotent-Replayed");

    public static ResponseMetadata Upserted { get; } = new(
        200, "With `onConflict`: the batch that has the code, updated or left as it is.", "Batch", "ETag", "Idempotent-Replayed");

    public static ResponseMetadata BulkCreated { get; } = new(
        200, "The batches, in the order of the request.", "BulkCreateResult", "Idempotent-Replayed");

    public static ResponseMetadata BulkResult { get; } = new(200, "The result.", "BulkResult", "Idempotent-Replayed");

    public static ResponseMetadata UndoResult { get; } = new(200, "The result.", "UndoResult", "Idempotent-Replayed");

    public static ResponseMetadata Restored { get; } = new(200, "The batch.", "Batch", "ETag", "Idempotent-Replayed");

    public static ResponseMetadata NotModified { get; } = new(304, "The batch still has this version. There is no body.", null, "ETag");

    public static ResponseMetadata Groups { get; } = new(
        200, $"The largest groups. {GroupCsv}", "GroupPage", "X-Total-Count")
    {
        OtherMediaType = BatchCsv.MediaType,
    };

    public static ResponseMetadata ClaimedBatches { get; } = new(
        200, "The claimed batches, in the order of the claim.", "ClaimedBatches", "Idempotent-Replayed");

    public static ResponseMetadata Lease { get; } = new(200, "The lease.", "Lease");

    public static ResponseMetadata Changes { get; } = new(
        200,
        "A page of changes. With `Accept: text/event-stream` the response does not end: each change is an event as soon as it happens, its "
            + "`data` is an entry of `data`, and its `id` is the cursor after it.",
        "ChangePage")
    {
        OtherMediaType = ContentNegotiation.EventStream,
    };

    public static ResponseMetadata History { get; } = new(200, "A page of the history.", "HistoryPage");

    public static ResponseMetadata AccountHistory { get; } = new(200, "A page of changes.", "AccountHistoryPage");

    public static ResponseMetadata Webhooks { get; } = new(200, "The webhooks.", "WebhookList");

    public static ResponseMetadata Webhook { get; } = new(200, "The webhook.", "Webhook");

    public static ResponseMetadata WebhookCreated { get; } = new(201, "The webhook with its secret.", "WebhookWithSecret", "Location");

    public static ResponseMetadata WebhookWithSecret { get; } = new(200, "The webhook with its new secret.", "WebhookWithSecret");

    public static ResponseMetadata WebhookDeliveries { get; } = new(200, "A page of the deliveries.", "WebhookDeliveryPage");

    public static ResponseMetadata WebhookDelivery { get; } = new(200, "The delivery.", "WebhookDelivery");

    public static ResponseMetadata WebhookDeliveryAccepted { get; } = new(
        202, "The delivery, which will be sent.", "WebhookDelivery");

    public static ResponseMetadata Keys { get; } = new(200, "A page of the API keys.", "KeyPage");

    public static ResponseMetadata Key { get; } = new(200, "The API key.", "Key");

    public static ResponseMetadata KeyCreated { get; } = new(201, "The API key with its secret.", "KeyWithSecret", "Location");

    public static ResponseMetadata KeyWithSecret { get; } = new(200, "The API key with its new secret.", "KeyWithSecret");

    public static ResponseMetadata Users { get; } = new(200, "A page of the users.", "UserPage");

    public static ResponseMetadata User { get; } = new(200, "The user.", "User");

    public static ResponseMetadata UserCreated { get; } = new(201, "The user.", "User", "Location");

    public static ResponseMetadata AccessToken { get; } = new(200, "The access token.", "AccessToken");

    public static ResponseMetadata Credential { get; } = new(200, "The credential.", "Credential");

    public static ResponseMetadata NoContent { get; } = new(204, "Success. There is no body.", null);
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Webhooks;

[Description("A URL that the server calls when batches change.")]
internal record WebhookResponse
{
    public WebhookResponse()
    {
    }

    /// <summary>The webhook as a response to a read or a change.</summary>
    [SetsRequiredMembers]
    public WebhookResponse(Webhook webhook)
    {
        Id = webhook.Id;
        Url = webhook.Url;
        Events = webhook.Events;
        Where = MongoFilterParser.ToJson(webhook.Filter);
        Active = webhook.IsActive;
        DisabledReason = webhook.DisabledReason;
        CreatedAt = Rfc3339.Format(webhook.CreatedAt);
        UpdatedAt = Rfc3339.Format(webhook.UpdatedAt);
    }

    [Description("The id.")]
    public required string Id { get; init; }

    [Description("The URL that the server calls.")]
    public required string Url { get; init; }

    [Description("The events that are sent.")]
    public required IReadOnlyList<string> Events { get; init; }

    [Description("Only changes of batches that match it afterwards are sent; null for all."), Component("WebhookWhere")]
    public required JsonNode? Where { get; init; }

    [Description("Whether events are sent. Changes made while it is false are never sent.")]
    public required bool Active { get; init; }

    [Description("Why the server set `active` to false; null if it did not.")]
    public required string? DisabledReason { get; init; }

    [Description("The time of creation."), DataType(DataType.DateTime)]
    public required string CreatedAt { get; init; }

    [Description("The time of the last change."), DataType(DataType.DateTime)]
    public required string UpdatedAt { get; init; }
}

[Description("A webhook with its secret, which is not shown again.")]
internal sealed record WebhookWithSecretResponse : WebhookResponse
{
    public WebhookWithSecretResponse()
    {
    }

    /// <summary>The webhook as a response that shows the secret.</summary>
    [SetsRequiredMembers]
    public WebhookWithSecretResponse(Webhook webhook, string secret)
        : base(webhook) => Secret = secret;

    [Description("The secret that signs the requests (Standard Webhooks). Store it: it is not shown again."), JsonPropertyOrder(1)]
    public required string Secret { get; init; }
}

[Description("The webhooks of the account.")]
internal sealed record WebhookListResponse
{
    [Description("The webhooks, the oldest first.")]
    public required IEnumerable<WebhookResponse> Data { get; init; }
}

[Description("A page of the deliveries of a webhook.")]
internal sealed record WebhookDeliveryPageResponse
{
    [Description("The deliveries, the newest first.")]
    public required IEnumerable<WebhookDeliveryResponse> Data { get; init; }

    [Description("The maximum number of deliveries on a page."), Example(20, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }
}

[Description("An event for a webhook, with the attempts to send it.")]
internal sealed record WebhookDeliveryResponse
{
    [Description("The id of the event, which the header `webhook-id` of each attempt contains.")]
    public required string Id { get; init; }

    [Description("The type of the event."), Component("WebhookDeliveryType")]
    public required string Type { get; init; }

    [Description("The id of the batch; null for a test.")]
    public required string? BatchId { get; init; }

    [Description("The version of the batch after the change; null for a test.")]
    public required int? Version { get; init; }

    [Description("`pending` while it will be sent, `delivered`, or `failed` after the last attempt."), Component("WebhookDeliveryStatus")]
    public required string Status { get; init; }

    [Description("The last 100 attempts, the oldest first.")]
    public required IReadOnlyList<WebhookAttemptResponse> Attempts { get; init; }

    [Description("The time of the next attempt; null if the status is not `pending`, or an earlier event of the batch is pending.")]
    [DataType(DataType.DateTime)]
    public required string? NextAttemptAt { get; init; }

    public static WebhookDeliveryResponse Create(WebhookDelivery delivery)
    {
        var isTest = delivery.Type == WebhookEvents.Test;
        return new()
        {
            Id = delivery.Id,
            Type = delivery.Type,
            BatchId = isTest ? null : delivery.BatchId,
            Version = isTest ? null : delivery.Version,
            Status = delivery.Status,
            Attempts = JsonSerializer.Deserialize(delivery.Attempts, WebhooksJsonContext.Default.IReadOnlyListWebhookAttemptResponse)!,
            NextAttemptAt = Rfc3339.Format(delivery.NextAttemptAt),
        };
    }
}

[Description("An attempt to send an event.")]
internal sealed record WebhookAttemptResponse
{
    [Description("The time of the attempt."), DataType(DataType.DateTime)]
    public required string At { get; init; }

    [Description("The HTTP status of the response; null without a response.")]
    public required int? Code { get; init; }

    [Description("How long the attempt took."), Example(87)]
    public required long Milliseconds { get; init; }

    [Description("Why the attempt failed; null if it succeeded.")]
    public required string? Error { get; init; }

    [Description("The first 1,024 bytes of the body of the response; null if it is empty.")]
    public required string? Response { get; init; }
}

/// <summary>Writes responses about webhooks, which contain URLs and secrets and are therefore not stored by caches.</summary>
internal static class WebhookResponses
{
    public static IResult Ok(Webhook webhook) => new NoStoreJsonResult<WebhookResponse>(
        new WebhookResponse(webhook), WebhooksJsonContext.Default.WebhookResponse);

    public static IResult Ok(Webhook webhook, string secret) => new NoStoreJsonResult<WebhookWithSecretResponse>(
        new WebhookWithSecretResponse(webhook, secret), WebhooksJsonContext.Default.WebhookWithSecretResponse);

    public static IResult Created(Webhook webhook, string secret) => new NoStoreJsonResult<WebhookWithSecretResponse>(
        new WebhookWithSecretResponse(webhook, secret), WebhooksJsonContext.Default.WebhookWithSecretResponse)
    {
        Status = StatusCodes.Status201Created,
        Location = $"{WebhookRoutes.Path}/{webhook.Id}",
    };

    public static IResult Ok(IEnumerable<Webhook> webhooks) => new NoStoreJsonResult<WebhookListResponse>(
        new WebhookListResponse { Data = webhooks.Select(webhook => new WebhookResponse(webhook)) },
        WebhooksJsonContext.Default.WebhookListResponse);

    public static IResult Ok(WebhookDeliveryPageResponse page) =>
        new NoStoreJsonResult<WebhookDeliveryPageResponse>(page, WebhooksJsonContext.Default.WebhookDeliveryPageResponse);

    public static IResult Delivery(WebhookDelivery delivery, int status = StatusCodes.Status200OK) =>
        new NoStoreJsonResult<WebhookDeliveryResponse>(
            WebhookDeliveryResponse.Create(delivery), WebhooksJsonContext.Default.WebhookDeliveryResponse)
        {
            Status = status,
        };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WebhookResponse))]
[JsonSerializable(typeof(WebhookWithSecretResponse))]
[JsonSerializable(typeof(WebhookListResponse))]
[JsonSerializable(typeof(WebhookDeliveryPageResponse))]
[JsonSerializable(typeof(WebhookDeliveryResponse))]
[JsonSerializable(typeof(IReadOnlyList<WebhookAttemptResponse>))]
internal sealed partial class WebhooksJsonContext : JsonSerializerContext;

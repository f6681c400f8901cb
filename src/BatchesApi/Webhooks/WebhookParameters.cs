using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Webhooks;

/// <summary>The query parameters of the operations on webhooks.</summary>
internal static class WebhookParameters
{
    public static readonly string[] Statuses = [WebhookDelivery.Pending, WebhookDelivery.Delivered, WebhookDelivery.Failed];

    public static readonly ApiParameter Limit = ApiParameters.Limit with
    {
        Description = "The maximum number of deliveries on a page. A number out of range is an error.",
    };

    public static readonly ApiParameter Cursor = new("cursor",
        "Continues after the last delivery of an earlier response: its `nextCursor`.")
    {
        Examples = [new("start", "", "From the newest delivery")],
    };

    public static readonly ApiParameter Status = new("status", "Only the deliveries with this status: `pending`, `delivered` or `failed`.")
    {
        Examples = [new("all", "", "All deliveries"), new("failed", WebhookDelivery.Failed, "Those whose last attempt failed")],
    };

    public static ParameterMetadata Deliveries { get; } = new(Limit, Cursor, Status);
}

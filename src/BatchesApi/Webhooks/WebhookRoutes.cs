using BatchesApi.Batches;
using BatchesApi.Http;
using static BatchesApi.Http.ProblemCode;

namespace BatchesApi.Webhooks;

/// <summary>The operations on webhooks (specification, section 9.4).</summary>
internal static class WebhookRoutes
{
    public const string Path = "/api/v2/webhooks";

    /// <summary>The name of the id of a delivery in the path.</summary>
    public const string DeliveryId = "deliveryId";

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider.GetRequiredService<WebhookServices>();

        var webhooks = routes.MapGroup(Path)
            .WithTags("Webhooks")
            .WithOpenApiMethod()
            .RequireScope(RouteAccess.Admin)
            .ProducesProblems(BatchRoutes.CommonProblems)
            .ProducesProblems(InsufficientScope);

        webhooks.MapGetAndHead("", services.Run(WebhookHandlers.List))
            .WithName("listWebhooks")
            .WithSummary("List all webhooks")
            .WithDescription("Returns the webhooks of the account, at most 100, the oldest first.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Webhooks);

        webhooks.MapPost("", services.Run(WebhookHandlers.Create))
            .WithName("createWebhook")
            .WithSummary("Create a webhook")
            .WithDescription("From now on, the server calls the URL for each change of a batch, with requests that are signed by the rules "
                + "of Standard Webhooks. The response contains the secret, which is not shown again.")
            .Accepts(RequestBodyMetadata.NewWebhook)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.WebhookCreated)
            .ProducesProblems(TooManyWebhooks);

        webhooks.MapGetAndHead("/{id}", services.Run(WebhookHandlers.Retrieve))
            .WithName("retrieveWebhook")
            .WithSummary("Retrieve a webhook")
            .WithDescription("Returns the webhook with this id, without its secret.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Webhook)
            .ProducesProblems(WebhookNotFound);

        webhooks.MapPatch("/{id}", services.Run(WebhookHandlers.Update))
            .WithName("updateWebhook")
            .WithSummary("Update a webhook")
            .WithDescription("Sets the members that are passed. `active: true` clears `disabledReason`, and continues with the changes "
                + "from now on: changes while the webhook was inactive are never sent. Pending events are sent once it is active again.")
            .Accepts(RequestBodyMetadata.WebhookChanges)
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.Webhook)
            .ProducesProblems(WebhookNotFound);

        webhooks.MapDelete("/{id}", services.Run(WebhookHandlers.Delete))
            .WithName("deleteWebhook")
            .WithSummary("Delete a webhook")
            .WithDescription("Deletes the webhook. Its pending events are not sent.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.NoContent)
            .ProducesProblems(WebhookNotFound);

        webhooks.MapPost("/{id}/rotate", services.Run(WebhookHandlers.Rotate))
            .WithName("rotateWebhookSecret")
            .WithSummary("Rotate the secret of a webhook")
            .WithDescription("Returns a new secret. For 24 hours, requests have a signature of each of the two secrets, so that receivers "
                + "can be changed one by one. The request has no body.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.WebhookWithSecret)
            .ProducesProblems(WebhookNotFound);

        webhooks.MapGetAndHead("/{id}/deliveries", services.Run(WebhookHandlers.ListDeliveries))
            .WithName("listWebhookDeliveries")
            .WithSummary("List the deliveries of a webhook")
            .WithDescription("Returns the events for the webhook with the attempts to send them, the newest first. They are kept for "
                + "30 days.")
            .WithParameters(WebhookParameters.Deliveries)
            .ProducesResponse(ResponseMetadata.WebhookDeliveries)
            .ProducesProblems(InvalidParameter, WebhookNotFound);

        webhooks.MapPost($"/{{id}}/deliveries/{{{DeliveryId}}}/retry", services.Run(WebhookHandlers.Retry))
            .WithName("retryWebhookDelivery")
            .WithSummary("Send an event again")
            .WithDescription("Sends an event as soon as possible, whatever its status, with as many attempts as a new event. If the "
                + "webhook is inactive, it is sent once the webhook is active. The request has no body.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.WebhookDeliveryAccepted)
            .ProducesProblems(WebhookNotFound, DeliveryNotFound);

        webhooks.MapPost("/{id}/test", services.Run(WebhookHandlers.Test))
            .WithName("testWebhook")
            .WithSummary("Send a test event")
            .WithDescription("Sends an event of the type `webhook.test` now, also if the webhook is inactive, and returns the result of "
                + "its only attempt. The request has no body, and is resource-intensive.")
            .RejectQueryParameters()
            .ProducesResponse(ResponseMetadata.WebhookDelivery)
            .ProducesProblems(WebhookNotFound);
    }
}

using System.Net;
using BatchesApi.Access;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Webhooks;
using BatchesApi.Webhooks.Sending;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BatchesApi.Webhooks;

/// <summary>The services of the handlers.</summary>
internal sealed record WebhookServices(
    WebhookStore Store,
    WebhookDeliveryStore Deliveries,
    ChangeReader Changes,
    WebhookSecretProtector Protector,
    WebhookSender Sender,
    WakeSignal Signal,
    BatchRequestReader RequestReader,
    RequestLimiter RateLimiter,
    ObjectIdGenerator Ids,
    TimeProvider Clock)
{
    /// <summary>Runs an operation for each request of a route.</summary>
    public RequestDelegate Run(Func<WebhookRequestContext, Task<IResult>> operation) =>
        EndpointConventions.ToRequestDelegate(context => operation(new WebhookRequestContext(context, this)));
}

/// <summary>One request for an operation on webhooks.</summary>
internal readonly record struct WebhookRequestContext(HttpContext HttpContext, WebhookServices Services)
{
    public HttpRequest Request => HttpContext.Request;

    public int AccountId { get; } = Caller.FromContext(HttpContext).AccountId;

    /// <summary>The id of the webhook in the path.</summary>
    public string Id => (string)Request.RouteValues["id"]!;

    /// <summary>The id of the delivery in the path.</summary>
    public string DeliveryId => (string)Request.RouteValues[WebhookRoutes.DeliveryId]!;

    /// <summary>Requested when the client disconnects.</summary>
    public CancellationToken Cancellation => HttpContext.RequestAborted;
}

internal static class WebhookSetup
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options)
    {
        services.TryAddSingleton<HostResolver>(_ => Dns.GetHostAddressesAsync);
        return services
            .AddSingleton(options)
            .AddSingleton<WebhookHttpClient>()
            .AddSingleton<WebhookSecretProtector>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WakeSignal>()
            .AddSingleton<WorkerServices>()
            .AddSingleton<WebhookServices>()
            .AddHostedService<WebhookService>();
    }
}

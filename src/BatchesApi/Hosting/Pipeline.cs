using BatchesApi.Access;
using BatchesApi.Administration;
using BatchesApi.Batches;
using BatchesApi.Bulk;
using BatchesApi.Changes;
using BatchesApi.Hosting.Telemetry;
using BatchesApi.Leases;
using BatchesApi.OpenApi;
using BatchesApi.Pages;
using BatchesApi.Webhooks;

namespace BatchesApi.Hosting;

internal static class Pipeline
{
    /// <summary>Adds the middleware, in the order in which a request passes through it.</summary>
    public static void UseMiddleware(this WebApplication app, ServerOptions options)
    {
        if (options.Proxies.Count > 0)
            app.Use(ForwardedHeadersFilter.RunAsync).UseForwardedHeaders();
        if (options.Telemetry.ObservesRequests)
            app.UseMiddleware<RequestTelemetryMiddleware>();
        app.UseMiddleware<RequestLoggingMiddleware>();
        app.UseMiddleware<ResponseHeadersMiddleware>();
        if (options.Telemetry.HasServerTiming)
            app.UseMiddleware<ServerTimingMiddleware>();
        app.UseExceptionHandler();
        if (!options.Address.IsDefault)
            app.UseMiddleware<AddressMiddleware>();
        app.UseRouting();
        app.UseStatusCodePages(ProblemStatusPages.WriteAsync);
        if (options.Origins.Count > 0)
            app.UseCors();
        app.UseMiddleware<DatabaseGuard>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseCompression();
    }

    public static void MapRoutes(this WebApplication app, ServerOptions options)
    {
        app.MapBatches();
        app.MapBulk();
        app.MapLeases();
        app.MapChanges();
        app.MapWebhooks();
        app.MapAccess();
        app.MapAdministration();
        app.MapHealth();
        if (!options.SwaggerEnabled)
            return;
        app.MapSwaggerPages();
        app.MapPages();
    }
}

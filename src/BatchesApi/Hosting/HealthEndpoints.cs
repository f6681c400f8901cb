using System.Runtime.ExceptionServices;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BatchesApi.Hosting;

/// <summary>The probes for orchestrators and load balancers (specification, section 7).</summary>
internal static class HealthEndpoints
{
    /// <summary>The path of all probes.</summary>
    public const string Path = "/health";

    public const string ReadyPath = $"{Path}/ready";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup(Path).ExcludeFromDescription().RequireScope(RouteAccess.Unmetered)
            .WithMetadata(new HttpMethodMetadata(EndpointConventions.GetAndHead));
        health.MapHealthChecks("/live", new HealthCheckOptions
        {
            Predicate = _ => false,
            AllowCachingResponses = true,
            ResponseWriter = (context, _) => WriteAsync(context, """{"status":"live"}"""),
        });
        health.MapHealthChecks("/ready", new HealthCheckOptions { AllowCachingResponses = true, ResponseWriter = WriteReadyAsync });
    }

    private static Task WriteReadyAsync(HttpContext context, HealthReport report)
    {
        var result = report.Entries[ReadinessCheck.Name];
        if (result.Status == HealthStatus.Healthy)
            return WriteAsync(context, $$"""{"status":"ready","version":"{{ServerVersion.Full}}"}""");

        // Handled as in any other request: ProblemExceptionHandler maps it by its SQLSTATE and logs it.
        if (result.Exception is { } exception and not TimeoutException)
            ExceptionDispatchInfo.Throw(exception);
        var code = result.Exception is null ? ProblemCode.NotReady : ProblemCode.DatabaseUnavailable;
        return new Problem(code, result.Description!).ExecuteAsync(context);
    }

    private static Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = JsonOutput.MediaType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = json.Length;
        return context.Response.WriteAsync(json, context.RequestAborted);
    }
}

/// <summary>Checks whether the server can serve requests.</summary>
internal sealed class ReadinessCheck(GracefulShutdown shutdown, DatabaseState state, SchemaProbe probe, DatabaseOptions options)
    : IHealthCheck
{
    public const string Name = "ready";

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (shutdown.HasBegun)
            return HealthCheckResult.Unhealthy("The server is shutting down.");
        if (state.Restriction is { WritesOnly: false } restriction)
            return HealthCheckResult.Unhealthy(restriction.Reason);
        try
        {
            var version = await probe.ReadAsync(cancellationToken);
            state.Allow(version.ReasonAgainstWrites(options));
            return (state.Restriction, version.IsUpToDate) switch
            {
                ({ Reason: var reason }, _) => HealthCheckResult.Unhealthy(reason),
                (_, false) => HealthCheckResult.Unhealthy("The database is being brought up to date. Wait a moment."),
                _ => HealthCheckResult.Healthy(),
            };
        }
        catch (TimeoutException exception)
        {
            return HealthCheckResult.Unhealthy("The database does not respond.", exception);
        }
    }
}

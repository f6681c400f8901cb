using BatchesApi.Http;
using BatchesApi.Storage;

namespace BatchesApi.Hosting;

/// <summary>The probes of orchestrators and load balancers (specification, section 7).</summary>
internal static class HealthEndpoints
{
    /// <summary>Where the server says whether it can do its work.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Maps the probes.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").ExcludeFromDescription().RequireScope(RouteAccess.Unmetered);
        health.MapGetAndHead("/live", context => WriteAsync(context, "live"));
        health.MapGetAndHead("/ready", ReadyAsync);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (services.GetRequiredService<GracefulShutdown>().HasBegun)
        {
            await new Problem(ProblemCode.NotReady, "The server is shutting down.").ExecuteAsync(context);
            return;
        }
        var state = services.GetRequiredService<DatabaseState>();
        if (state.Restriction is { WritesOnly: false } restriction)
        {
            await new Problem(ProblemCode.NotReady, restriction.Reason).ExecuteAsync(context);
            return;
        }

        SchemaVersion version;
        try
        {
            version = await services.GetRequiredService<SchemaProbe>().ReadAsync(context.RequestAborted);
        }
        catch (TimeoutException)
        {
            await new Problem(ProblemCode.DatabaseUnavailable, "The database does not respond.").ExecuteAsync(context);
            return;
        }
        state.Allow(version.ReasonAgainstWrites(services.GetRequiredService<DatabaseOptions>()));
        if (state.Restriction is { } against)
            await new Problem(ProblemCode.NotReady, against.Reason).ExecuteAsync(context);
        else if (version.IsUpToDate)
            await WriteAsync(context, "ready");
        else
            await new Problem(ProblemCode.NotReady, "The database is being brought up to date. Wait a moment.").ExecuteAsync(context);
    }

    private static Task WriteAsync(HttpContext context, string status)
    {
        context.Response.ContentType = JsonOutput.MediaType;
        return context.Response.WriteAsync($"{{\"status\":\"{status}\"}}", context.RequestAborted);
    }
}

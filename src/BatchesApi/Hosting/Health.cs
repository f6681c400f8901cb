using BatchesApi.Data;
using BatchesApi.Responses;
using BatchesApi.Routing;

namespace BatchesApi.Hosting;

/// <summary>The probes of orchestrators and load balancers (contract, section 7).</summary>
internal static class Health
{
    /// <summary>Where the server says whether it can do its work.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Maps the probes.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").ExcludeFromDescription().IsFor(RouteAccess.Unlimited);
        health.MapGet("/live", context => AnswerAsync(context, "live"));
        health.MapGet("/ready", ReadyAsync);
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (services.GetRequiredService<Shutdown>().HasBegun)
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
            await AnswerAsync(context, "ready");
        else
            await new Problem(ProblemCode.NotReady, "The database is being brought up to date. Wait a moment.").ExecuteAsync(context);
    }

    private static Task AnswerAsync(HttpContext context, string status)
    {
        context.Response.ContentType = JsonText.MediaType;
        return context.Response.WriteAsync($"{{\"status\":\"{status}\"}}", context.RequestAborted);
    }
}

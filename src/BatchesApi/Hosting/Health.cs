using BatchesApi.Data;
using BatchesApi.Responses;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Hosting;

/// <summary>The probes of orchestrators and load balancers (contract, section 7).</summary>
internal static class Health
{
    /// <summary>Where the server says whether it can do its work.</summary>
    public const string ReadyPath = "/health/ready";

    /// <summary>Maps the probes.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").ExcludeFromDescription().DisableRateLimiting();
        health.MapGet("/live", () => Healthy("live"));
        health.MapGet("/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(BatchesContext db, Shutdown shutdown, CancellationToken cancellation)
    {
        if (shutdown.HasBegun)
            return new Problem(ProblemCode.NotReady, "The server is shutting down.");
        var pending = await db.Database.GetPendingMigrationsAsync(cancellation);
        return pending.Any()
            ? new Problem(ProblemCode.NotReady, "The database is being brought up to date. Wait a moment.")
            : Healthy("ready");
    }

    private static ContentHttpResult Healthy(string status) =>
        TypedResults.Text($"{{\"status\":\"{status}\"}}", JsonText.MediaType);
}

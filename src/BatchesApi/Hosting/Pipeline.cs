using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.OpenApi;

namespace BatchesApi.Hosting;

/// <summary>The stations that a request passes, in their order.</summary>
internal static class Pipeline
{
    /// <summary>Sets up the stations and the routes.</summary>
    /// <param name="app">The server.</param>
    /// <param name="options">Its settings.</param>
    public static void UsePipeline(this WebApplication app, ServerOptions options)
    {
        if (options.Proxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<RequestLoggingMiddleware>();
        app.Use(app.Services.GetRequiredService<GracefulShutdown>().SetHeaders);
        app.UseExceptionHandler();
        app.UseRouting();
        app.Use(ProblemStatusPages.FillAsync);
        if (options.Origins.Count > 0)
            app.UseCors();
        app.UseMiddleware<DatabaseGuard>();
        app.UseMiddleware<AccessMiddleware>();

        app.MapBatches();
        app.MapAccess();
        app.MapHealth();
        if (options.SwaggerEnabled)
            app.MapSwaggerPages();
    }
}

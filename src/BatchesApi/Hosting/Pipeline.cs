using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.OpenApi;

namespace BatchesApi.Hosting;

/// <summary>The middleware pipeline.</summary>
internal static class Pipeline
{
    /// <summary>Adds the middleware, in the order in which a request passes through it.</summary>
    public static void UseMiddleware(this WebApplication app, ServerOptions options)
    {
        if (options.Proxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<RequestLoggingMiddleware>();
        app.Use(app.Services.GetRequiredService<GracefulShutdown>().SetHeaders);
        app.UseExceptionHandler();
        app.Use(ServeHeadAsGet);
        app.UseRouting();
        app.UseStatusCodePages(ProblemStatusPages.WriteAsync);
        if (options.Origins.Count > 0)
            app.UseCors();
        app.UseMiddleware<DatabaseGuard>();
        app.UseMiddleware<AccessMiddleware>();
    }

    /// <summary>Maps the routes.</summary>
    public static void MapRoutes(this WebApplication app, ServerOptions options)
    {
        app.MapBatches();
        app.MapAccess();
        app.MapHealth();
        if (options.SwaggerEnabled)
            app.MapSwaggerPages();
    }

    /// <summary>Serves HEAD with the route for GET. Kestrel omits the body (RFC 9110, section 9.3.2).</summary>
    private static Task ServeHeadAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    }
}

using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Hosting.OpenApi;

namespace BatchesApi.Hosting;

/// <summary>The stations that a request passes, in their order.</summary>
internal static class Pipeline
{
    /// <summary>Sets up the stations and the routes.</summary>
    /// <param name="app">The server.</param>
    /// <param name="settings">Its settings.</param>
    public static void UsePipeline(this WebApplication app, Settings settings)
    {
        if (settings.Proxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<RequestLog>();
        app.Use(app.Services.GetRequiredService<Shutdown>().SetHeaders);
        app.UseExceptionHandler();
        app.Use(AnswerHeadAsGet);
        app.UseRouting();
        app.Use(BareStatus.FillAsync);
        if (settings.Origins.Count > 0)
            app.UseCors();
        app.UseMiddleware<DatabaseGuard>();
        app.UseMiddleware<Gate>();

        app.MapBatches();
        app.MapAccess();
        app.MapHealth();
        if (settings.SwaggerEnabled)
            app.MapSwaggerPages();
    }

    /// <summary>Serves HEAD by the route of GET; Kestrel leaves out the body (RFC 9110, section 9.3.2).</summary>
    private static Task AnswerHeadAsGet(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    }
}

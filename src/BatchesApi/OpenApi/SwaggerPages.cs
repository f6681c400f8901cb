using BatchesApi.Http;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace BatchesApi.OpenApi;

/// <summary>Serves the OpenAPI document and Swagger UI (specification, section 7.5).</summary>
internal static class SwaggerPages
{
    /// <summary>The path of Swagger UI.</summary>
    public const string Path = "/swagger";

    /// <summary>Swagger UI loads only files of this server. The hash admits its one inline style sheet, that of the logo; a new version of
    /// Swagger UI may change it. Icons are <c>data:</c> URLs.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; "
        + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Maps the document, Swagger UI, and the redirect from <c>/</c> to it.</summary>
    public static void MapSwaggerPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription().RequireScope(RouteAccess.Unmetered);
        ((IEndpointConventionBuilder)pages).Add(AddSecurityHeaders);

        pages.MapGetAndHead("/", static context =>
        {
            context.Response.Redirect($"{context.Request.PathBase}{Path}");
            return Task.CompletedTask;
        });
        var documents = routes.ServiceProvider.GetRequiredService<OpenApiDocuments>();
        foreach (var (name, version) in OpenApiDocuments.Names)
        {
            var pattern = $"{Path}/{OpenApiSetup.Name}/{name}.{{extension:regex(^(json|ya?ml)$)}}";
            pages.MapGetAndHead(pattern, context => documents.WriteAsync(context, version));
        }
        pages.MapSwaggerUI(Path.TrimStart('/'), Configure);
    }

    private static void Configure(SwaggerUIOptions options)
    {
        options.DocumentTitle = OpenApiSetup.Title;
        options.SwaggerEndpoint($"{OpenApiSetup.Name}/swagger.json", $"{OpenApiSetup.Title} {OpenApiSetup.Name}");
        options.EnableDeepLinking();
        options.EnablePersistAuthorization();
        options.DisplayRequestDuration();
        options.ShowCommonExtensions();
    }

    /// <summary>Blocks frames and foreign scripts, because users enter keys on these pages.</summary>
    private static void AddSecurityHeaders(EndpointBuilder endpoint)
    {
        // Swashbuckle's endpoints take every method and return 404 for the wrong ones. With the method in the metadata, routing
        // returns 405.
        if (!endpoint.Metadata.OfType<IHttpMethodMetadata>().Any())
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));

        var serve = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";

            // Swashbuckle serves GET only; Kestrel leaves out the body of a response to HEAD.
            if (HttpMethods.IsHead(context.Request.Method))
                context.Request.Method = HttpMethods.Get;
            return serve(context);
        };
    }
}

using BatchesApi.Http;

namespace BatchesApi.OpenApi;

/// <summary>Serves the OpenAPI document and Swagger UI (specification, section 7.5).</summary>
internal static class SwaggerPages
{
    /// <summary>The path of Swagger UI.</summary>
    public const string Path = "/swagger";

    /// <summary>Swagger UI loads only files of this server. Its icons are <c>data:</c> URLs.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'self'; frame-ancestors 'none'";

    private const string IndexFile = "index.html";

    /// <summary>Our files beside those of Swagger UI, with their media types.</summary>
    private static readonly (string Name, string MediaType)[] Files = [("page.css", "text/css"), ("page.js", "text/javascript")];

    /// <summary>Maps the document and Swagger UI.</summary>
    public static void MapSwaggerPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription().RequireScope(RouteAccess.Unmetered);
        ((IEndpointConventionBuilder)pages).Add(AddSecurityHeaders);

        foreach (var (name, version) in OpenApiDocuments.Names)
        {
            var pattern = $"{Path}/{OpenApiSetup.Name}/{name}.{{extension:regex(^(json|ya?ml)$)}}";
            pages.MapGetAndHead(
                pattern, context => context.RequestServices.GetRequiredService<OpenApiDocuments>().WriteAsync(context, version)).Compress();
        }
        foreach (var (name, mediaType) in Files)
            pages.MapGetAndHead($"{Path}/{name}", context => WriteFileAsync(context.Response, name, mediaType)).Compress();

        // Swashbuckle's script for its own page, which ours replaces.
        pages.MapGetAndHead($"{Path}/index.js", NotFoundAsync);

        // Its files are compressed already.
        pages.MapSwaggerUI(Path.TrimStart('/'), options => options.IndexStream = () => OpenFile(IndexFile));
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task WriteFileAsync(HttpResponse response, string name, string mediaType)
    {
        await using var file = OpenFile(name);
        response.ContentType = $"{mediaType}; charset=utf-8";
        response.ContentLength = file.Length;
        await file.CopyToAsync(response.Body, response.HttpContext.RequestAborted);
    }

    private static Stream OpenFile(string name) => typeof(SwaggerPages).Assembly.GetManifestResourceStream($"swagger/{name}")!;

    private static void AddSecurityHeaders(EndpointBuilder endpoint)
    {
        // Swashbuckle's endpoints take every method and return 404 for the wrong ones. With the method in the metadata, routing
        // returns 405.
        if (!endpoint.Metadata.OfType<IHttpMethodMetadata>().Any())
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));

        var serve = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            PageHeaders.Set(context.Response, ContentSecurityPolicy);

            // Swashbuckle serves GET only; Kestrel leaves out the body of a response to HEAD.
            if (HttpMethods.IsHead(context.Request.Method))
                context.Request.Method = HttpMethods.Get;
            return serve(context);
        };
    }
}

using System.Collections.Frozen;
using BatchesApi.Http;

namespace BatchesApi.Pages;

/// <summary>Serves pages for people: an introduction, the guides and the explanations of problems (specification, section 7.5).</summary>
internal static class PageRoutes
{
    private static readonly string[] Patterns =
        ["/", "/docs/{**page}", $"{ProblemCode.PagesPath}/{{code?}}", "/style.css", "/favicon.svg", "/favicon.ico"];

    /// <summary>The pages by path. Each is rendered when it is first requested, so that the server starts no later.</summary>
    private static readonly FrozenDictionary<string, Lazy<Page>> Pages =
        CreatePages().ToFrozenDictionary(page => page.Path, page => new Lazy<Page>(page.Create), StringComparer.OrdinalIgnoreCase);

    /// <summary>The paths of all pages and files.</summary>
    public static IEnumerable<string> Paths => Pages.Keys;

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription().RequireScope(RouteAccess.Unmetered);
        foreach (var pattern in Patterns)
            pages.MapGetAndHead(pattern, ServeAsync).Compress();
    }

    private static Task ServeAsync(HttpContext context)
    {
        if (Pages.TryGetValue($"/{context.Request.Path.Value!.Trim('/')}", out var page))
            return page.Value.ExecuteAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static IEnumerable<(string Path, Func<Page> Create)> CreatePages()
    {
        yield return ("/", () => PageRenderer.Render(HomePage.Write(), "/"));
        foreach (var guide in Guide.All)
            yield return (guide.Path, () => PageRenderer.Render(guide.ReadText(), guide.Path, guide.Source));
        yield return (ProblemCode.PagesPath, () => PageRenderer.Render(ProblemPages.WriteIndex(), ProblemCode.PagesPath));
        foreach (var code in ProblemCode.All)
            yield return (code.Path, () => PageRenderer.Render(ProblemPages.Write(code), code.Path, ProblemPages.Source));
        yield return ("/style.css", () => new Page("text/css", Resource.Read("pages/style.css")));
        foreach (var path in (string[])["/favicon.svg", "/favicon.ico"])
            yield return (path, () => new Page("image/svg+xml", Resource.Read("pages/favicon.svg")));
    }
}

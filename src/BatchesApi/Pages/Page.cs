using System.Text;
using System.Text.Encodings.Web;
using BatchesApi.Http;

namespace BatchesApi.Pages;

/// <summary>A page, or a file that pages use. The same text serves every host and path base: placeholders stand for both.</summary>
internal sealed class Page(string contentType, string text) : IResult
{
    /// <summary>Stands for the path below which the server is reached.</summary>
    public const string PathBase = "__PATH_BASE__";

    /// <summary>Stands for the URL of the server as the client reached it.</summary>
    public const string Server = "__SERVER__";

    public const string Html = "text/html; charset=utf-8";

    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly AddressedText _text = new(contentType, text, Fill);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        PageHeaders.Set(httpContext.Response, ContentSecurityPolicy);
        return _text.ExecuteAsync(httpContext);
    }

    /// <summary>A host may contain a quote, which would end the quotes around the URL in a command that a person copies.</summary>
    private static string Fill(string text, HttpRequest request) => new StringBuilder(text)
        .Replace(PathBase, HtmlEncoder.Default.Encode(request.PathBase.ToUriComponent()))
        .Replace(Server, HtmlEncoder.Default.Encode(AbsoluteUrl.Create(request, default).Replace("'", "%27", StringComparison.Ordinal)))
        .ToString();
}

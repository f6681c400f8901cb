using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using BatchesApi.Http;
using Microsoft.Net.Http.Headers;

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

    /// <summary>UTF-8 takes half of the memory that a string does.</summary>
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var request = httpContext.Request;
        var body = Encoding.UTF8.GetBytes(new StringBuilder(Encoding.UTF8.GetString(_text))
            .Replace(PathBase, HtmlEncoder.Default.Encode(request.PathBase.ToUriComponent()))
            .Replace(Server, HtmlEncoder.Default.Encode(AbsoluteUrl.Create(request, default)))
            .ToString());

        PageHeaders.Set(httpContext.Response, ContentSecurityPolicy);

        // Browsers ask again each time, and get 304 unless the page has changed. The tag is weak, so that compression may apply.
        httpContext.Response.Headers.CacheControl = "no-cache";
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"", isWeak: true);
        return TypedResults.Bytes(body, contentType, entityTag: tag).ExecuteAsync(httpContext);
    }
}

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

    /// <summary>Nearly all requests use the same address.</summary>
    private Copy? _last;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        PageHeaders.Set(httpContext.Response, ContentSecurityPolicy);

        // Browsers ask again each time, and get 304 unless the page has changed. The tag is weak, so that compression may apply.
        httpContext.Response.Headers.CacheControl = "no-cache";
        var copy = GetCopy(httpContext.Request.PathBase.ToUriComponent(), AbsoluteUrl.Create(httpContext.Request, default));
        return TypedResults.Bytes(copy.Body, contentType, entityTag: copy.Tag).ExecuteAsync(httpContext);
    }

    private Copy GetCopy(string pathBase, string server)
    {
        if (_last is { } last && last.PathBase == pathBase && last.Server == server)
            return last;

        // A host may contain a quote, which would end the quotes around the URL in a command that a person copies.
        var body = Encoding.UTF8.GetBytes(new StringBuilder(Encoding.UTF8.GetString(_text))
            .Replace(PathBase, HtmlEncoder.Default.Encode(pathBase))
            .Replace(Server, HtmlEncoder.Default.Encode(server.Replace("'", "%27", StringComparison.Ordinal)))
            .ToString());
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"", isWeak: true);
        return _last = new Copy(pathBase, server, body, tag);
    }

    private sealed record Copy(string PathBase, string Server, byte[] Body, EntityTagHeaderValue Tag);
}

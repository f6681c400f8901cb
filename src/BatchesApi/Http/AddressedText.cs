using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Http;

/// <summary>A text that contains the address of the server, as the client of each request reached it.</summary>
/// <param name="contentType">The media type.</param>
/// <param name="text">The text with placeholders.</param>
/// <param name="fill">Replaces the placeholders in the text by the address of a request.</param>
internal sealed class AddressedText(string contentType, string text, Func<string, HttpRequest, string> fill) : IResult
{
    /// <summary>UTF-8 takes half of the memory that a string does.</summary>
    private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

    /// <summary>Nearly all requests use the same address.</summary>
    private Copy? _last;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var copy = GetCopy(httpContext.Request);
        return TypedResults.Bytes(copy.Body, contentType, entityTag: copy.Tag).ExecuteAsync(httpContext);
    }

    private Copy GetCopy(HttpRequest request)
    {
        var (pathBase, address) = (request.PathBase, AbsoluteUrl.Create(request, default));
        if (_last is { } last && last.PathBase == pathBase && last.Address == address)
            return last;
        var body = Encoding.UTF8.GetBytes(fill(Encoding.UTF8.GetString(_text), request));

        // The tag is weak, so that compression may apply.
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"", isWeak: true);
        return _last = new Copy(pathBase, address, body, tag);
    }

    private sealed record Copy(PathString PathBase, string Address, byte[] Body, EntityTagHeaderValue Tag);
}

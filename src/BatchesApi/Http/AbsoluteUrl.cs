namespace BatchesApi.Http;

internal static class AbsoluteUrl
{
    /// <summary>The URL of a path as the client reached the server; the path alone if the request has no host (HTTP/1.0).</summary>
    public static string Create(HttpRequest request, PathString path)
    {
        var local = (request.PathBase + path).ToUriComponent();

        // The header is a part of a URI already; Kestrel checks its characters. HttpRequest.Host decodes international names, and throws if
        // they are invalid.
        var host = request.Headers.Host.ToString();
        return host.Length > 0 ? $"{request.Scheme}://{host}{local}" : local;
    }
}

namespace BatchesApi.Http;

internal static class AbsoluteUrl
{
    /// <summary>The URL of a path as the client reached the server; the path alone if the request has no host (HTTP/1.0).</summary>
    public static string Create(HttpRequest request, PathString path)
    {
        var local = (request.PathBase + path).ToUriComponent();
        return request.Host.HasValue ? $"{request.Scheme}://{request.Host.ToUriComponent()}{local}" : local;
    }
}

namespace BatchesApi.Http;

/// <summary>Addresses of this server as the client reached it.</summary>
internal static class AbsoluteUrl
{
    /// <summary>The absolute address of a path here; only the path where the client named no host (HTTP/1.0).</summary>
    public static string Create(HttpRequest request, PathString path)
    {
        var local = (request.PathBase + path).ToUriComponent();
        return request.Host.HasValue ? $"{request.Scheme}://{request.Host.ToUriComponent()}{local}" : local;
    }
}

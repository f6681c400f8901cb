namespace BatchesApi.Http;

/// <summary>The headers of pages that browsers show.</summary>
internal static class PageHeaders
{
    /// <summary>Blocks frames, and whatever the policy does not admit, because users enter keys on pages of this server.</summary>
    public static void Set(HttpResponse response, string contentSecurityPolicy)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = contentSecurityPolicy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
    }
}

using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>An answer that is ready.</summary>
/// <param name="Response">The answer.</param>
/// <param name="IsReplay">Whether it was given before, to a request with the same idempotency key.</param>
internal sealed record StoredResponseResult(StoredResponse Response, bool IsReplay = false) : IResult
{
    /// <summary>The header that marks an answer which was given before.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Response.Status;
        response.ContentType = JsonOutput.MediaType;
        response.ContentLength = Response.Body.Length;
        if (Response.EntityTag is not null)
            response.Headers.ETag = Response.EntityTag;
        if (Response.Location is not null)
            response.Headers.Location = AbsoluteUrl.Create(httpContext.Request, Response.Location);
        if (IsReplay)
            response.Headers[ReplayedHeader] = "true";
        await response.Body.WriteAsync(Response.Body, httpContext.RequestAborted);
    }
}

using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Sends a response that is ready.</summary>
/// <param name="Response">The response.</param>
/// <param name="IsReplay">Whether it is the response to an earlier request with the same idempotency key.</param>
internal sealed record StoredResponseResult(StoredResponse Response, bool IsReplay = false) : IResult
{
    public const string ReplayedHeader = "Idempotent-Replayed";

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

using BatchesApi.Model;

namespace BatchesApi.Responses;

/// <summary>An answer that is ready.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="IsReplay">Whether it was given before, to a request with the same idempotency key.</param>
internal sealed record AnswerResult(Answer Answer, bool IsReplay = false) : IResult
{
    /// <summary>The header that marks an answer which was given before.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Answer.Status;
        response.ContentType = JsonText.MediaType;
        response.ContentLength = Answer.Body.Length;
        if (Answer.EntityTag is not null)
            response.Headers.ETag = Answer.EntityTag;
        if (Answer.Location is not null)
            response.Headers.Location = Address.Of(httpContext.Request, Answer.Location);
        if (IsReplay)
            response.Headers[ReplayedHeader] = "true";
        await response.Body.WriteAsync(Answer.Body, httpContext.RequestAborted);
    }
}

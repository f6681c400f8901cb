namespace BatchesApi.Http;

/// <summary>Tells the client that it has the batch as it is (RFC 9110, section 15.4.5).</summary>
/// <param name="EntityTag">The batch's tag.</param>
internal sealed record NotModifiedResult(string EntityTag) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
        httpContext.Response.Headers.ETag = EntityTag;
        return Task.CompletedTask;
    }
}

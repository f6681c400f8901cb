using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace BatchesApi.Http;

/// <summary>A JSON response that caches must not store, such as an access token.</summary>
internal sealed record NoStoreJsonResult<T>(T Value, JsonTypeInfo<T> Type) : IResult
{
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>The path of the created resource, or null.</summary>
    public PathString? Location { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (Location is { } location)
            response.Headers.Location = AbsoluteUrl.Create(httpContext.Request, location);
        response.ContentType = JsonOutput.MediaType;
        response.Headers.CacheControl = "no-store";
        var body = JsonOutput.Write(this, static (json, result) => JsonSerializer.Serialize(json, result.Value, result.Type));
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

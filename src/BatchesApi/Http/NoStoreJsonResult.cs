using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace BatchesApi.Http;

/// <summary>A JSON response that caches must not store, such as an access token.</summary>
internal sealed record NoStoreJsonResult<T>(T Value, JsonTypeInfo<T> Type) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = JsonOutput.MediaType;
        response.Headers.CacheControl = "no-store";
        var body = JsonOutput.Write(this, static (json, result) => JsonSerializer.Serialize(json, result.Value, result.Type));
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.Http;

/// <summary>An object as the answer, which no cache may keep.</summary>
/// <param name="Json">The object.</param>
internal sealed record NoStoreJsonResult(JsonObject Json) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = JsonOutput.MediaType;
        response.Headers.CacheControl = "no-store";
        var bytes = Encoding.UTF8.GetBytes(Json.ToJsonString(JsonOutput.NodeOptions));
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }
}

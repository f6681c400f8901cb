using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.Http;

/// <summary>A JSON object that caches must not store, such as an access token.</summary>
internal sealed record NoStoreJsonResult(JsonObject Json) : IResult
{
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

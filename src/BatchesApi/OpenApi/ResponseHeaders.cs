using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

internal static class ResponseHeaders
{
    public static Dictionary<string, IOpenApiHeader> All => new()
    {
        ["ETag"] = Text("The entity tag: the `version` of the batch.", "\"1\""),
        ["Idempotent-Replayed"] = Text("`true` if this is the response to an earlier request with the same `Idempotency-Key`.", "true"),
        ["Link"] = Text(
            "The URLs of the `first`, `prev`, `next` and `last` page (RFC 8288), if these pages exist, with every other parameter kept. "
            + "The response to a `cursor` has only `first` and `next`. Absent if one of the URLs would be longer than 2 KiB.",
            "<https://batches.example.com/api/v2/batches?page=1>; rel=\"first\", "
            + "<https://batches.example.com/api/v2/batches?page=2>; rel=\"next\""),
        ["Location"] = Text("The URL of the new batch.", "https://batches.example.com/api/v2/batches/63a5b84c53e1218321c55572", "uri"),
        ["Preference-Applied"] = Text("`explain` if the response has the member `explain`, as requested by `Prefer`.", "explain"),
        ["RateLimit"] = Text(
            "What is left of each rate limit that the request counts in: `r` requests, and `t` seconds until the oldest counted request "
            + "leaves the window; 0 if none (draft-ietf-httpapi-ratelimit-headers).",
            "\"minute\";r=479;t=60, \"hour\";r=4799;t=3600"),
        ["RateLimit-Policy"] = Text(
            "The rate limits that the request counts in: `q` requests within any `w` seconds.",
            "\"minute\";q=480;w=60, \"hour\";q=4800;w=3600"),
        ["Retry-After"] = Number("The number of seconds to wait before sending the request again.", 1),
        ["WWW-Authenticate"] = Text(
            "The authentication challenge, with the error of the credential, if one was sent (RFC 6750).",
            "Bearer realm=\"batches\", error=\"invalid_token\""),
        ["X-Total-Count"] = Number(
            "The number of records on all pages, or an estimate if `totalIsExact` is false. Absent with `count=none`.", 57),
    };

    /// <summary>The names of the headers that problems with the status can have.</summary>
    public static IEnumerable<string> ForProblem(int status) => status switch
    {
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => ["WWW-Authenticate"],
        StatusCodes.Status429TooManyRequests => ["Retry-After", "RateLimit", "RateLimit-Policy"],
        StatusCodes.Status503ServiceUnavailable => ["Retry-After"],
        _ => [],
    };

    private static OpenApiHeader Text(string description, string example, string? format = null) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = format, Examples = [JsonValue.Create(example)] },
    };

    private static OpenApiHeader Number(string description, int example) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0", Examples = [example] },
    };
}

using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

/// <summary>The headers of answers.</summary>
internal static class ResponseHeaders
{
    /// <summary>All headers by name.</summary>
    public static Dictionary<string, IOpenApiHeader> All => new()
    {
        ["ETag"] = Text("The batch's `version` as an entity tag.", "\"1\""),
        ["Idempotent-Replayed"] = Text("`true` where the request was answered before, by its `Idempotency-Key`, and was not done again.", "true"),
        ["Link"] = Text(
            "The `first`, `prev`, `next` and `last` page (RFC 8288), as far as there are such, with every other parameter kept. An answer to a `cursor` "
            + "leads to `first` and `next` only. Not there where an address would be longer than 2 KiB.",
            "<https://batches.example.com/api/v2/batches?page=1>; rel=\"first\", <https://batches.example.com/api/v2/batches?page=2>; rel=\"next\""),
        ["Location"] = Text("The address of the new batch.", "https://batches.example.com/api/v2/batches/63a5b84c53e1218321c55572", "uri"),
        ["Preference-Applied"] = Text("`explain` where the answer has the member `explain`, because `Prefer` asked for it.", "explain"),
        ["RateLimit"] = Text(
            "What is left of each quota that the request counts in: `r` requests, and `t` seconds until the oldest of those that count counts no more "
            + "(draft-ietf-httpapi-ratelimit-headers).",
            "\"minute\";r=479;t=60, \"hour\";r=4799;t=3600"),
        ["RateLimit-Policy"] = Text("The quotas: `q` requests in any `w` seconds.", "\"minute\";q=480;w=60, \"hour\";q=4800;w=3600"),
        ["Retry-After"] = Number("The seconds to wait before trying again.", 1),
        ["WWW-Authenticate"] = Text(
            "What credential is needed, and what is wrong with the one that was sent (RFC 6750).",
            "Bearer realm=\"batches\", error=\"invalid_token\""),
        ["X-Total-Count"] = Number("The records on all pages, or an estimate where `totalIsExact` is false; not there with `count=none`.", 57),
    };

    /// <summary>The names of the headers that every problem of the status has.</summary>
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

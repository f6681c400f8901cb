using System.Text.Json.Nodes;
using BatchesApi.Http;
using Microsoft.OpenApi;

namespace BatchesApi.OpenApi;

internal static class ResponseHeaders
{
    /// <summary>The names of the headers of every response.</summary>
    private static readonly string[] Common = ["RateLimit", "RateLimit-Policy", Problem.RequestIdHeader];

    public static Dictionary<string, IOpenApiHeader> All => new()
    {
        ["ETag"] = Text("The entity tag: the `version` of the batch.", "\"1\""),
        ["Idempotent-Replayed"] = Text("`true` if this is the response to an earlier request with the same `Idempotency-Key`.", "true"),
        ["Link"] = Text(
            "The URLs of the `first`, `prev`, `next` and `last` page (RFC 8288), if these pages exist, with every other parameter kept. "
            + "The response to a `cursor` has only `first` and `next`. Absent if one of the URLs would be longer than 2 KiB.",
            $"<{Introduction.Address}/api/v2/batches?page=1>; rel=\"first\", <{Introduction.Address}/api/v2/batches?page=2>; rel=\"next\""),
        ["Location"] = Text(
            "The URL of the new batch or webhook.", $"{Introduction.Address}/api/v2/batches/63a5b84c53e1218321c55572", "uri-reference"),
        ["Preference-Applied"] = Text("`explain` if the response has the member `explain`, as requested by `Prefer`.", "explain"),
        ["RateLimit"] = Text(
            "What is left of each rate limit that the request counts in: `r` requests, and `t` seconds until the oldest counted request "
            + "leaves the window; 0 if none (draft-ietf-httpapi-ratelimit-headers). Absent if the server has no limits.",
            "\"minute\";r=479;t=60, \"hour\";r=4799;t=3600"),
        ["RateLimit-Policy"] = Text(
            "The rate limits that the request counts in: `q` requests within any `w` seconds. Absent if the server has no limits.",
            "\"minute\";q=480;w=60, \"hour\";q=4800;w=3600"),
        [Problem.RequestIdHeader] = Text(
            "The id of the request in the server's log, for questions to the operator. It is also the `traceId` of a problem.",
            "0af7651916cd43dd8448eb211c80319c",
            isRequired: true),
        ["Retry-After"] = Number("The number of seconds to wait before sending the request again.", 1),
        ["WWW-Authenticate"] = Text(
            "The authentication challenge, with the error of the credential, if one was sent (RFC 6750).",
            "Bearer realm=\"batches\", error=\"invalid_token\""),
        ["X-Total-Count"] = Number(
            "The number of records on all pages, or an estimate if `totalIsExact` is false. Absent with `count=none`. For groups, the "
            + "number of all groups.", 57),
    };

    /// <summary>The headers of a response, as references to the components.</summary>
    /// <param name="names">The names of the headers that not every response has.</param>
    /// <param name="document">The document with the components.</param>
    public static Dictionary<string, IOpenApiHeader> Create(IEnumerable<string> names, OpenApiDocument document) =>
        names.Concat(Common).Order(StringComparer.Ordinal).ToDictionary(
            name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));

    /// <summary>The names of the headers that problems with the status can have.</summary>
    public static IEnumerable<string> ForProblem(int status) => status switch
    {
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => ["WWW-Authenticate"],
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => ["Retry-After"],
        _ => [],
    };

    private static OpenApiHeader Text(string description, string example, string? format = null, bool isRequired = false) => new()
    {
        Required = isRequired,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = format, Examples = [JsonValue.Create(example)] },
    };

    private static OpenApiHeader Number(string description, int example) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0", Examples = [example] },
    };
}

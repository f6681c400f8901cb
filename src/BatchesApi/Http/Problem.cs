using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Concurrency;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>An error response in <c>application/problem+json</c> (RFC 9457; specification, section 5). <c>ProblemDetails</c> is not used:
/// here the code decides type, title and status, and the members keep their documented order.</summary>
/// <param name="Code">The code from the catalogue.</param>
/// <param name="Detail">The error in this request and how to correct it. Never SQL, a stack trace or data of another account.</param>
/// <param name="Errors">The validation errors of the input, if there are any.</param>
/// <param name="RetryAfter">The value of <c>Retry-After</c> for a 429 or 503; null for one second.</param>
internal sealed record Problem(ProblemCode Code, string Detail, ValidationErrors? Errors = null, TimeSpan? RetryAfter = null) : IResult
{
    public const string MediaType = "application/problem+json";

    /// <summary>The header with the trace id of the request, which every response has.</summary>
    public const string RequestIdHeader = "Request-Id";

    /// <summary>The limit because of which the request is refused, for metrics; null for other problems.</summary>
    public string? Limit { get; init; }

    /// <summary>Extension members (RFC 9457, section 3.2).</summary>
    public JsonObject? Extensions { get; init; }

    private const string PageSize = "page-size";

    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The same response for a batch that never existed and for one that the credential cannot see.</summary>
    public static Problem BatchNotFound { get; } = new(ProblemCode.BatchNotFound, "There is no batch with this id here.");

    public static Problem InvalidParameters(ValidationErrors errors) =>
        new(ProblemCode.InvalidParameter, "The query parameters named in 'errors' are invalid.", errors);

    public static Problem InvalidBody(ValidationErrors errors) =>
        new(ProblemCode.InvalidBody, "The fields named in 'errors' are invalid.", errors);

    public static Problem ListTimeout(TimeSpan limit) => TimedOut("list", limit, ", sort by one field, or omit the count");

    public static Problem ClaimTimeout(TimeSpan limit) => TimedOut("claim", limit, ", or order by another field");

    public static Problem SelectionTimeout(TimeSpan limit) => TimedOut("selection", limit, ", or select the batches by their ids");

    public static Problem GroupsTimeout(TimeSpan limit) => TimedOut("list of groups", limit, ", or group by one field");

    /// <param name="maxBytes">Maximum size of a page in bytes.</param>
    /// <param name="fitting">Number of its records that fit.</param>
    /// <param name="limit">Number of requested records.</param>
    public static Problem PageTooLarge(long maxBytes, int fitting, int limit) => new(
        ProblemCode.PageTooLarge,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The page is larger than {maxBytes:N0} bytes. {fitting:N0} of the {limit:N0} records fit: request fewer records with ")
        + "'limit', or fewer fields with 'fields', such as fields=batchCode,assignee.")
    {
        Limit = PageSize,
    };

    /// <summary>The problem of a bulk write whose response would be too large.</summary>
    public static Problem BulkTooLarge { get; } = new(
        ProblemCode.PageTooLarge, "The response would be too large. Send fewer batches in one request. Nothing was changed.")
    {
        Limit = PageSize,
    };

    public static Problem ConcurrencyLimit(ConcurrencyLimitException exception)
    {
        var (resource, perAccount, total, wait) = exception.Options;
        var (name, metric) = resource switch
        {
            LimitedResource.Lists => ("lists", "lists"),
            LimitedResource.BulkWrites => ("writes of several batches", "bulk"),
            LimitedResource.Connections => ("database connections", "connections"),
            LimitedResource.Waits => ("requests that wait for changes", "waits"),
            LimitedResource.CredentialChanges => ("sign-ins and changes of keys and users", "credential-changes"),
            LimitedResource.WebhookAttempts => ("attempts to send events", "webhook-attempts"),
            _ => ("KiB of large bodies", "body-memory"),
        };
        var code = exception.IsAccountLimit && resource == LimitedResource.Lists ? ProblemCode.TooManyLists : ProblemCode.Overloaded;
        var (owner, limit) = exception.IsAccountLimit ? ("This account", perAccount) : ("The server", total);
        return new(code, string.Create(
            CultureInfo.InvariantCulture,
            $"{owner} has {limit:N0} {name} in use, the maximum, and none became free within {wait.TotalSeconds} s. Wait for ")
            + "the responses of earlier requests before sending more.")
        {
            Limit = exception.IsAccountLimit ? $"{metric}-per-account" : metric,
        };
    }

    public static Problem InvalidHeader(string name, string error)
    {
        var errors = new ValidationErrors();
        errors.Add(name, error);
        return new Problem(ProblemCode.InvalidHeader, "The headers named in 'errors' are invalid.", errors);
    }

    /// <param name="version">The current version.</param>
    /// <param name="changed">The fields that differ from the expected version, as far as the history goes back; null if they are hidden
    /// from the caller.</param>
    /// <param name="ifMatch">The header <c>If-Match</c>.</param>
    public static Problem VersionDiffers(int version, IReadOnlyList<string>? changed, string ifMatch)
    {
        var extensions = new JsonObject { ["version"] = version };
        if (changed is not null)
            extensions["changed"] = new JsonArray([.. changed.Select(name => JsonValue.Create(name))]);
        return new Problem(
            ProblemCode.VersionDiffers,
            $"{DescribeMismatch(EntityTags.FromVersion(version), ifMatch)} Nothing was changed.")
        {
            Extensions = extensions,
        };
    }

    private static Problem TimedOut(string what, TimeSpan limit, string others) => new(
        ProblemCode.ListTimeout,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The {what} timed out after {limit.TotalSeconds} s. Narrow it: filter by a field that equals a value{others}. ")
        + "Slow lists of an account run one at a time.")
    {
        Limit = "list-timeout",
    };

    private static string DescribeMismatch(string current, string ifMatch)
    {
        const string Weak = "W/";
        const string WhyWeak = "Weak tags never match; proxies that compress responses make tags weak.";
        var detail = $"The entity tag of the batch is {current}, but If-Match requires {Utf16.Shorten(ifMatch, 100)}.";
        if (ifMatch.Contains(Weak + current, StringComparison.Ordinal))
            return $"{detail} {WhyWeak} Send If-Match: {current}.";
        return ifMatch.Contains(Weak, StringComparison.Ordinal) ? $"{detail} {WhyWeak} Send tags without W/." : detail;
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (Limit is not null)
            ServerMetrics.RecordRefusal(Limit);
        var response = httpContext.Response;
        response.StatusCode = Code.Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (Code.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            var seconds = Math.Ceiling((RetryAfter ?? DefaultRetryAfter).TotalSeconds);
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        Write(
            buffer,
            AbsoluteUrl.Create(httpContext.Request, Code.Path),
            (httpContext.Request.PathBase + httpContext.Request.Path).ToUriComponent(),
            TraceId.FromContext(httpContext));
        response.ContentLength = buffer.WrittenCount;
        await response.Body.WriteAsync(buffer.WrittenMemory, httpContext.RequestAborted);
    }

    /// <summary>Writes the problem as JSON.</summary>
    /// <param name="buffer">Receives the JSON.</param>
    /// <param name="type">The URL of the page that explains the code.</param>
    /// <param name="instance">The path of the request.</param>
    /// <param name="traceId">The id of the request in the log.</param>
    public void Write(IBufferWriter<byte> buffer, string type, string instance, string traceId)
    {
        using var json = new Utf8JsonWriter(buffer, JsonOutput.WriterOptions);
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("title", Code.Title);
        json.WriteNumber("status", Code.Status);
        json.WriteString("detail", Detail);
        json.WriteString("instance", instance);
        json.WriteString("code", Code.Name);
        json.WriteString("traceId", traceId);
        if (Errors is not null)
        {
            json.WriteStartObject("errors");
            foreach (var (name, messages) in Errors)
            {
                json.WriteStartArray(name);
                foreach (var message in messages)
                    json.WriteStringValue(message);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        foreach (var (name, value) in Extensions ?? [])
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }
        json.WriteEndObject();
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Concurrency;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>An answer that tells what went wrong, as <c>application/problem+json</c> (RFC 9457; specification, section 5).</summary>
/// <param name="Code">What went wrong, from the catalogue.</param>
/// <param name="Detail">What was wrong with this request and what would be right. Never SQL, a stack or another account's data.</param>
/// <param name="Errors">The faults by the names that the client wrote, where the input was bad.</param>
/// <param name="RetryAfter">When the client may try again, if the problem is a passing one; null for in a moment.</param>
internal sealed record Problem(ProblemCode Code, string Detail, ValidationErrors? Errors = null, TimeSpan? RetryAfter = null) : IResult
{
    /// <summary>The media type of problems.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Members of its own (RFC 9457, section 3.2).</summary>
    public JsonObject? Extensions { get; init; }

    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The batch that was asked for is not there, for whichever reason.</summary>
    public static Problem BatchNotFound { get; } = new(ProblemCode.BatchNotFound, "There is no batch with this id here.");

    /// <summary>Faults in the query.</summary>
    public static Problem InvalidParameters(ValidationErrors errors) =>
        new(ProblemCode.InvalidParameter, "The query parameters named in 'errors' are not valid.", errors);

    /// <summary>Faults in the body's fields.</summary>
    public static Problem InvalidBody(ValidationErrors errors) => new(ProblemCode.InvalidBody, "The fields named in 'errors' are not valid.", errors);

    /// <summary>A list was given up after some time.</summary>
    public static Problem ListTimeout(TimeSpan limit) => new(
        ProblemCode.ListTimeout,
        string.Create(CultureInfo.InvariantCulture, $"The list was given up after {limit.TotalSeconds} s. Narrow it: filter by a field that equals a value, sort by one field, or leave out the count. Slow lists of an account run one after the other."));

    /// <summary>A page has more bytes than a page may have.</summary>
    /// <param name="maxBytes">Maximum size of a page in bytes.</param>
    /// <param name="fitting">Number of its records that fit.</param>
    /// <param name="limit">Number of records that were asked for.</param>
    public static Problem PageTooLarge(long maxBytes, int fitting, int limit) => new(
        ProblemCode.PageTooLarge,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The page is larger than {maxBytes:N0} bytes. {fitting:N0} of the {limit:N0} records fit: ask for fewer with 'limit', or for fewer fields with 'fields', such as fields=batchCode,assignee."));

    /// <summary>A request waited in vain for others to end.</summary>
    public static Problem ConcurrencyLimit(ConcurrencyLimitException exception)
    {
        var (resource, perAccount, total, wait) = exception.Options;
        var what = resource switch
        {
            LimitedResource.Lists => "lists",
            LimitedResource.BulkWrites => "creates from arrays",
            LimitedResource.Connections => "database connections",
            _ => "KiB of large bodies",
        };
        var code = exception.IsAccountLimit && resource == LimitedResource.Lists ? ProblemCode.TooManyLists : ProblemCode.Overloaded;
        return new(code, string.Create(
            CultureInfo.InvariantCulture,
            $"{(exception.IsAccountLimit ? $"This account has {perAccount:N0}" : $"The server has {total:N0}")} {what} in use, the maximum, and none became free within {wait.TotalSeconds} s. Wait for the responses of earlier requests before sending more."));
    }

    /// <summary>A body that cannot be read.</summary>
    public static Problem UnreadableBody(BodyError error, string detail) =>
        new(error == BodyError.TooLarge ? ProblemCode.BodyTooLarge : ProblemCode.UnsupportedMediaType, detail);

    /// <summary>A header that cannot be read.</summary>
    public static Problem InvalidHeader(string name, string error)
    {
        var errors = new ValidationErrors();
        errors.Add(name, error);
        return new Problem(ProblemCode.InvalidHeader, "The headers named in 'errors' are not valid.", errors);
    }

    /// <summary>The batch has another version than the client expects.</summary>
    /// <param name="version">The version that it has.</param>
    /// <param name="changed">The fields in which it differs from the expected one, as far back as its history is kept; null if the caller may not know
    /// them.</param>
    public static Problem VersionDiffers(int version, IReadOnlyList<string>? changed)
    {
        var more = new JsonObject { ["version"] = version };
        if (changed is not null)
            more["changed"] = new JsonArray([.. changed.Select(name => JsonValue.Create(name))]);
        return new Problem(
            ProblemCode.VersionDiffers,
            string.Create(CultureInfo.InvariantCulture, $"The batch has the version {version}, which If-Match does not name. Nothing was changed."))
        {
            Extensions = more,
        };
    }

    /// <summary>By which a request is found in the log.</summary>
    public static string GetTraceId(HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Code.Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (Code.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            response.Headers.RetryAfter = Math.Ceiling((RetryAfter ?? DefaultRetryAfter).TotalSeconds).ToString(CultureInfo.InvariantCulture);

        var buffer = new ArrayBufferWriter<byte>(512);
        Write(
            buffer,
            (httpContext.Request.PathBase + httpContext.Request.Path).ToUriComponent(),
            GetTraceId(httpContext));
        response.ContentLength = buffer.WrittenCount;
        await response.Body.WriteAsync(buffer.WrittenMemory, httpContext.RequestAborted);
    }

    /// <summary>Writes the problem as JSON.</summary>
    /// <param name="buffer">Gets it.</param>
    /// <param name="instance">The path where it occurred.</param>
    /// <param name="traceId">The request's id in the log.</param>
    public void Write(IBufferWriter<byte> buffer, string instance, string traceId)
    {
        using var json = new Utf8JsonWriter(buffer, JsonOutput.WriterOptions);
        json.WriteStartObject();
        json.WriteString("type", Code.Type);
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

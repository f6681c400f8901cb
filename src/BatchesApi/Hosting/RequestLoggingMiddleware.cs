using System.Collections;
using System.Diagnostics;
using System.Globalization;
using BatchesApi.Http;

namespace BatchesApi.Hosting;

/// <summary>Logs one line per request, without its query, headers and body, which may contain secrets.</summary>
internal sealed class RequestLoggingMiddleware(RequestDelegate next, ILoggerFactory logs, ServerOptions options)
{
    /// <summary>The log category, for operators: it does not depend on the name of a type (docs/operating.md).</summary>
    public const string Category = "BatchesApi.RequestLog";

    private static readonly EventId RequestCompleted = new(20, nameof(RequestCompleted));

    private readonly ILogger _log = logs.CreateLogger(Category);

    /// <summary>Whether requests need an activity: for the id in the log that is exported, or for phases.</summary>
    private readonly bool _needsActivity = options.Telemetry is { Logs: true } or { HasServerTiming: true };

    /// <summary>Runs the request and logs its status; 499 if the client disconnected before the response.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        TraceId.Set(context);
        using var activity = _needsActivity && Activity.Current is null ? TraceId.StartActivity(context) : null;
        var method = context.Request.Method;
        await next(context);
        if (!_log.IsEnabled(LogLevel.Information))
            return;
        var status = context.RequestAborted.IsCancellationRequested
            ? StatusCodes.Status499ClientClosedRequest
            : context.Response.StatusCode;
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var line = new Line(method, context.Request.Path, status, elapsed, TraceId.FromContext(context));
        _log.Log(LogLevel.Information, RequestCompleted, line, null, static (line, _) => line.ToString());
    }

    /// <summary>The state of the line. Hand-written because the generated LoggerMessage parses its format string on every call.</summary>
    private readonly record struct Line(string Method, string? Path, int Status, double Milliseconds, string TraceId)
        : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 6;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new(nameof(Method), Method),
            1 => new(nameof(Path), Path),
            2 => new(nameof(Status), Status),
            3 => new(nameof(Milliseconds), Milliseconds),
            4 => new(nameof(TraceId), TraceId),
            5 => new("{OriginalFormat}", "{Method} {Path} → {Status} in {Milliseconds:0.0} ms, trace {TraceId}"),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Method} {Path} → {Status} in {Milliseconds:0.0} ms, trace {TraceId}");
    }
}

using System.Collections;
using System.Diagnostics;
using System.Globalization;
using BatchesApi.Http;

namespace BatchesApi.Hosting;

/// <summary>One line in the log for each request: never its query, headers or body, which may hold secrets.</summary>
internal sealed class RequestLoggingMiddleware(RequestDelegate next, ILogger<RequestLoggingMiddleware> log)
{
    private static readonly EventId RequestCompleted = new(20, nameof(RequestCompleted));

    /// <summary>Runs the request and logs how it ended; 499 where the client went away before the answer.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        var method = context.Request.Method;
        await next(context);
        if (!log.IsEnabled(LogLevel.Information))
            return;
        var status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
        var line = new Line(method, context.Request.Path, status, Stopwatch.GetElapsedTime(start).TotalMilliseconds, Problem.GetTraceId(context));
        log.Log(LogLevel.Information, RequestCompleted, line, null, static (line, _) => line.ToString());
    }

    /// <summary>The line. Written by hand, since what LoggerMessage generates puts it together by a format that it reads each time.</summary>
    private readonly record struct Line(string Method, string? Path, int Status, double Milliseconds, string TraceId) : IReadOnlyList<KeyValuePair<string, object?>>
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

using System.Diagnostics;
using BatchesApi.Responses;

namespace BatchesApi.Hosting;

/// <summary>One line in the log for each request: never its query, headers or body, which may hold secrets.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    /// <summary>Runs the request and logs how it ended; 499 where the client went away before the answer.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        await next(context);
        var status = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
        if (log.IsEnabled(LogLevel.Information))
            Ended(log, context.Request.Method, context.Request.Path, status, Stopwatch.GetElapsedTime(start).TotalMilliseconds, Problem.TraceIdOf(context));
    }

    [LoggerMessage(20, LogLevel.Information, "{Method} {Path} → {Status} in {Milliseconds:0.0} ms, trace {TraceId}")]
    private static partial void Ended(ILogger log, string method, string path, int status, double milliseconds, string traceId);
}

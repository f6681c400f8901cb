using BatchesApi.Concurrency;
using BatchesApi.Http;
using BatchesApi.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace BatchesApi.Hosting;

/// <summary>Maps exceptions to problem responses: database errors by SQLSTATE, anything else to 500. Details are logged, never
/// returned.</summary>
internal sealed partial class ProblemExceptionHandler(HostStates hosts, ILogger<ProblemExceptionHandler> log) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        hosts.RecordFailure(exception);
        var problem = exception switch
        {
            BadHttpRequestException bad => ToProblem(bad),
            ConcurrencyLimitException limit => Problem.ConcurrencyLimit(limit),
            UnconfirmedWriteException unconfirmed => new Problem(ProblemCode.DatabaseUnavailable, unconfirmed.Message),
            _ => SqlStateMapper.ToProblem(exception),
        };
        if (problem is null)
        {
            Failed(log, exception, httpContext.Request.Method, httpContext.Request.Path, TraceId.FromContext(httpContext));
            problem = new Problem(ProblemCode.InternalError, "The server failed to process this request; its log has the reason.");
        }
        else if (problem.Code.Status >= StatusCodes.Status500InternalServerError && exception is not ConcurrencyLimitException)
        {
            var reason = exception.GetBaseException().Message;
            DatabaseFailed(log, httpContext.Request.Method, httpContext.Request.Path, reason, TraceId.FromContext(httpContext));
        }
        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private static Problem ToProblem(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => new Problem(ProblemCode.RequestTimeout, "The body arrived too slowly."),
        StatusCodes.Status413PayloadTooLarge => new Problem(ProblemCode.BodyTooLarge, "The body is too large."),
        _ => new Problem(ProblemCode.BadRequest, RequestBody.Unreadable),
    };

    [LoggerMessage(10, LogLevel.Error, "{Method} {Path} failed, trace {TraceId}.")]
    private static partial void Failed(ILogger log, Exception exception, string method, string path, string traceId);

    [LoggerMessage(11, LogLevel.Warning, "{Method} {Path} failed in the database: {Reason}, trace {TraceId}")]
    private static partial void DatabaseFailed(ILogger log, string method, string path, string reason, string traceId);
}

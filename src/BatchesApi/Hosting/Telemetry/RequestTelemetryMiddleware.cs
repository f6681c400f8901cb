using System.Diagnostics;
using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Metadata;
using OpenTelemetry.Trace;

namespace BatchesApi.Hosting.Telemetry;

/// <summary>Traces and measures requests, with the names of OpenTelemetry's semantic conventions for HTTP. ASP.NET Core could do so, but
/// starts an activity for each request, even if it is not sampled (docs/performance.md).</summary>
internal sealed class RequestTelemetryMiddleware(RequestDelegate next, ServerOptions options)
{
    private const string OtherMethod = "_OTHER";

    private readonly bool _isTraced = options.Telemetry.Traces;

    private readonly Sampler _sampler = options.Telemetry.Sampler;

    public async Task InvokeAsync(HttpContext context)
    {
        var start = Stopwatch.GetTimestamp();
        using var span = StartSpan(context);
        ServerMetrics.ChangeActiveRequests(1);
        string? error = null;
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            error = exception.GetType().FullName;
            throw;
        }
        finally
        {
            ServerMetrics.ChangeActiveRequests(-1);
            Complete(context, span, Stopwatch.GetElapsedTime(start), error);
        }
    }

    /// <summary>Starts the span of a request that is sampled. Probes come every few seconds, and say nothing about clients.</summary>
    private Activity? StartSpan(HttpContext context)
    {
        var request = context.Request;
        if (!_isTraced || request.Path.StartsWithSegments(HealthEndpoints.Path))
            return null;
        var parent = TraceId.ReadParent(request.Headers);
        var sampling = new SamplingParameters(parent, TraceId.Create(parent), request.Method, ActivityKind.Server);
        if (_sampler.ShouldSample(sampling).Decision != SamplingDecision.RecordAndSample)
            return null;

        // ASP.NET Core may have started an activity for its log, which would be the parent.
        Activity.Current = null;

        // HttpRequest.Host throws if the header is not a valid international name.
        var host = new HostString(request.Headers.Host.ToString());
        var span = RequestPhase.StartRequest(GetMethod(request), parent);
        span?.SetTag("url.path", request.PathBase.Add(request.Path).Value)
            .SetTag("server.address", host.Host)
            .SetTag("server.port", host.Port)
            .SetTag("network.protocol.version", request.Protocol.AsSpan()["HTTP/".Length..].ToString())
            .SetTag("user_agent.original", request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent : null);
        return span;
    }

    private static void Complete(HttpContext context, Activity? span, TimeSpan duration, string? error)
    {
        if (span is null && !ServerMetrics.MeasuresRequests)
            return;

        // The handler of exceptions removes the endpoint.
        var failure = context.Features.Get<IExceptionHandlerFeature>();
        var endpoint = context.GetEndpoint() ?? failure?.Endpoint;
        var route = endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route;
        var status = context.Response.StatusCode;
        if (status >= StatusCodes.Status500InternalServerError)
            error ??= failure?.Error.GetType().FullName ?? status.ToString(CultureInfo.InvariantCulture);

        var method = GetMethod(context.Request);
        var tags = new TagList
        {
            { "http.request.method", method }, { "url.scheme", context.Request.Scheme }, { "http.response.status_code", status },
        };
        if (route is not null)
            tags.Add("http.route", route);
        if (error is not null)
            tags.Add("error.type", error);
        ServerMetrics.RecordRequest(duration, tags);
        if (span is null)
            return;
        if (route is not null)
            span.DisplayName = $"{method} {route}";
        foreach (var (name, value) in tags)
            span.SetTag(name, value);
        if (error is not null)
            span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The method; one value for all unknown ones, whose number is not limited.</summary>
    private static string GetMethod(HttpRequest request) =>
        request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" or "TRACE" or "CONNECT"
            ? request.Method
            : OtherMethod;
}

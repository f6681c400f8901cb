using BatchesApi.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>The responses to requests that match no operation: problems for the 404 and 405 from routing, and 204 for OPTIONS.</summary>
internal static class ProblemStatusPages
{
    /// <summary>The methods of the whole server, for <c>OPTIONS *</c> (RFC 9110, section 9.3.7).</summary>
    private const string AllMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>Writes the response for the status.</summary>
    public static Task WriteAsync(StatusCodeContext context)
    {
        var (request, response) = (context.HttpContext.Request, context.HttpContext.Response);
        switch (response.StatusCode)
        {
            // The path of OPTIONS * is empty.
            case StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed
                when HttpMethods.IsOptions(request.Method) && !request.Path.HasValue:
                return AllowAsync(response, AllMethods);
            case StatusCodes.Status404NotFound:
                return new Problem(ProblemCode.RouteNotFound, DescribeNotFound(context.HttpContext)).ExecuteAsync(context.HttpContext);
            case StatusCodes.Status405MethodNotAllowed:
                var methods = response.Headers.GetCommaSeparatedValues(HeaderNames.Allow);
                var allowed = string.Join(", ", methods.Append(HttpMethods.Options));
                if (HttpMethods.IsOptions(request.Method))
                    return AllowAsync(response, allowed);
                response.Headers.Allow = allowed;
                return new Problem(ProblemCode.MethodNotAllowed, DescribeNotAllowed(request, allowed)).ExecuteAsync(context.HttpContext);
            default:
                return Task.CompletedTask;
        }
    }

    private static Task AllowAsync(HttpResponse response, string methods)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.Allow = methods;
        return Task.CompletedTask;
    }

    private static string DescribeNotFound(HttpContext context)
    {
        var path = context.Request.Path;
        var hasPages = context.RequestServices.GetRequiredService<ServerOptions>().SwaggerEnabled;
        return $"There is nothing at {path}.{(RouteHints.ForPath(path.Value ?? "", hasPages) is { } hint ? $" {hint}" : "")}";
    }

    private static string DescribeNotAllowed(HttpRequest request, string allowed) =>
        RouteHints.ForMethod(request.Method, request.Path.Value ?? "")
            ?? $"{request.Method} is not allowed here. Allowed methods: {allowed}.";
}

using BatchesApi.Batches;
using BatchesApi.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>Problems for the responses without a body: 404 and 405 from routing.</summary>
internal static class ProblemStatusPages
{
    /// <summary>Writes the problem for the status.</summary>
    public static Task WriteAsync(StatusCodeContext context)
    {
        var (request, response) = (context.HttpContext.Request, context.HttpContext.Response);
        var problem = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new Problem(ProblemCode.RouteNotFound, $"There is nothing at {request.Path}."),
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed(request, response),
            _ => null,
        };
        return problem?.ExecuteAsync(context.HttpContext) ?? Task.CompletedTask;
    }

    private static Problem MethodNotAllowed(HttpRequest request, HttpResponse response)
    {
        var allowed = string.Join(", ", response.Headers.GetCommaSeparatedValues(HeaderNames.Allow));
        response.Headers.Allow = allowed;

        var isDeleteOfBatch = HttpMethods.IsDelete(request.Method) && request.Path.StartsWithSegments(BatchRoutes.Path);
        return new Problem(
            ProblemCode.MethodNotAllowed,
            isDeleteOfBatch
                ? $"To delete a batch, send DELETE {BatchRoutes.Path}/deleted/{{id}}."
                : $"{request.Method} is not allowed here. Allowed methods: {allowed}.");
    }
}

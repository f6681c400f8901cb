using BatchesApi.Batches;
using BatchesApi.Http;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>Gives a body to the statuses that routing sets without one.</summary>
internal static class ProblemStatusPages
{
    /// <summary>Writes the problem that the status stands for, where the rest of the way has left the answer without a body. Operations of the API never do.</summary>
    public static Task FillAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ResponseMetadata>() is null ? RunAndFillAsync(context, next) : next(context);

    private static async Task RunAndFillAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var (request, response) = (context.Request, context.Response);
        if (response.HasStarted || response.ContentType is not null)
            return;
        var problem = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => new Problem(ProblemCode.RouteNotFound, $"There is nothing at {request.Path}."),
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed(request, response),
            _ => null,
        };
        if (problem is not null)
            await problem.ExecuteAsync(context);
    }

    private static Problem MethodNotAllowed(HttpRequest request, HttpResponse response)
    {
        // Every address that answers GET answers HEAD too, see Pipeline.
        var allowed = string.Join(", ", response.Headers.GetCommaSeparatedValues(HeaderNames.Allow).SelectMany(
            method => HttpMethods.IsGet(method) ? (string[])["GET", "HEAD"] : [method]).Distinct());
        response.Headers.Allow = allowed;

        var isDeleteOfBatch = HttpMethods.IsDelete(request.Method) && request.Path.StartsWithSegments(BatchRoutes.Path);
        return new Problem(
            ProblemCode.MethodNotAllowed,
            isDeleteOfBatch
                ? $"A batch is deleted by DELETE {BatchRoutes.Path}/deleted/{{id}}."
                : $"{request.Method} is not allowed here; these are: {allowed}.");
    }
}

using BatchesApi.Http;
using BatchesApi.Storage;

namespace BatchesApi.Hosting;

/// <summary>Rejects operations while the database cannot be used: all of them, or those that write.</summary>
internal sealed class DatabaseGuard(RequestDelegate next, DatabaseState state)
{
    public Task InvokeAsync(HttpContext context) =>
        state.Restriction is { } restriction && IsRejected(context, restriction)
            ? new Problem(ProblemCode.NotReady, restriction.Reason).ExecuteAsync(context)
            : next(context);

    /// <summary>Operations of the API have response metadata. All of them use the database, and all but GET and HEAD may write to
    /// it.</summary>
    private static bool IsRejected(HttpContext context, Restriction restriction) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ResponseMetadata>() is not null
        && !(restriction.WritesOnly && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)));
}

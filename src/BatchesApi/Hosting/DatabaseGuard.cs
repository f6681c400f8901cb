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

    /// <summary>Operations of the API have response metadata. All of them use the database.</summary>
    private static bool IsRejected(HttpContext context, Restriction restriction) =>
        context.GetEndpoint() is { } operation && operation.Metadata.GetMetadata<ResponseMetadata>() is not null
        && !(restriction.WritesOnly && IsRead(operation, context.Request.Method));

    private static bool IsRead(Endpoint operation, string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || operation.Metadata.GetMetadata<ReadOnlyMetadata>() is not null;
}

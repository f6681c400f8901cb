using BatchesApi.Http;
using BatchesApi.Storage;

namespace BatchesApi.Hosting;

/// <summary>Answers operations for the database as long as it cannot be used: all of them, or those that write.</summary>
internal sealed class DatabaseGuard(RequestDelegate next, DatabaseState state)
{
    /// <summary>Lets a request pass, or answers it.</summary>
    public Task InvokeAsync(HttpContext context) =>
        state.Restriction is { } restriction && IsRefused(context, restriction)
            ? new Problem(ProblemCode.NotReady, restriction.Reason).ExecuteAsync(context)
            : next(context);

    /// <summary>Only operations of the API have such metadata; all of them use the database, and all but GET and HEAD may write to it.</summary>
    private static bool IsRefused(HttpContext context, Restriction restriction) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ResponseMetadata>() is not null
        && !(restriction.WritesOnly && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)));
}

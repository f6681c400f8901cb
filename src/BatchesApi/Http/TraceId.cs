using System.Diagnostics;

namespace BatchesApi.Http;

/// <summary>The trace id of a request: 32 lowercase hexadecimal digits, the one of the client if the request has a valid header
/// <c>traceparent</c> (W3C Trace Context).</summary>
internal static class TraceId
{
    /// <summary>Sets the trace id. ASP.NET Core would start an activity for it, which costs several allocations and an execution context
    /// that every await carries. It still does so if a listener or the log uses activities.</summary>
    public static void Set(HttpContext context)
    {
        if (Activity.Current is null)
            context.TraceIdentifier = Create(context.Request.Headers);
    }

    public static string FromContext(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    private static string Create(IHeaderDictionary headers)
    {
        var traceId = headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, traceState: null, out var client)
            ? client.TraceId
            : ActivityTraceId.CreateRandom();
        return traceId.ToHexString();
    }
}

using System.Diagnostics;

namespace BatchesApi.Http;

/// <summary>The trace id of a request: 32 lowercase hexadecimal digits, the one of the client if the request has a valid header
/// <c>traceparent</c> (W3C Trace Context).</summary>
internal static class TraceId
{
    /// <summary>Sets the trace id: that of the activity, if the trace is recorded or the log level of ASP.NET Core asks for one. Other
    /// requests have none, because it costs several allocations and an execution context that every await carries.</summary>
    public static void Set(HttpContext context) =>
        context.TraceIdentifier = (Activity.Current?.TraceId ?? Create(ReadParent(context.Request.Headers))).ToHexString();

    public static string FromContext(HttpContext context) => context.TraceIdentifier;

    /// <summary>Starts an activity with the trace id of the request.</summary>
    public static Activity StartActivity(HttpContext context) => new Activity("request")
        .SetParentId(ActivityTraceId.CreateFromString(context.TraceIdentifier), ActivitySpanId.CreateRandom())
        .Start();

    /// <summary>The span of the client; the default value if the request has no valid one.</summary>
    public static ActivityContext ReadParent(IHeaderDictionary headers) =>
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var parent) ? parent : default;

    /// <summary>The trace id of the client's span, or a new one.</summary>
    public static ActivityTraceId Create(ActivityContext parent) =>
        parent == default ? ActivityTraceId.CreateRandom() : parent.TraceId;
}

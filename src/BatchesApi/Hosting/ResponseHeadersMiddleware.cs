using BatchesApi.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>Sets the headers of every response (specification, section 2.5). It does so when the response starts, because a problem after
/// an exception clears all earlier headers.</summary>
internal sealed class ResponseHeadersMiddleware(RequestDelegate next, GracefulShutdown shutdown, ServerOptions options)
{
    /// <summary>The default: responses differ by credential, and a stored one must be validated before it is used again.</summary>
    private const string Revalidate = "private, no-cache";

    private readonly bool _variesByOrigin = options.Origins.Count > 0;

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(
            static state =>
            {
                var (middleware, context) = ((ResponseHeadersMiddleware, HttpContext))state;
                middleware.SetHeaders(context);
                return Task.CompletedTask;
            },
            (this, context));
        return next(context);
    }

    private void SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[Problem.RequestIdHeader] = TraceId.FromContext(context);
        headers.XContentTypeOptions = "nosniff";

        // ASP.NET Core's exception handler replaces the Cache-Control of problems, and adds headers for HTTP/1.0.
        if (context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            headers.CacheControl = "no-store";
            headers.Remove(HeaderNames.Expires);
            headers.Remove(HeaderNames.Pragma);
        }
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = Revalidate;

        // The CORS middleware adds this only if the request has an allowed origin, but caches must not reuse a response without CORS
        // headers for such a request either.
        if (_variesByOrigin && !headers.GetCommaSeparatedValues(HeaderNames.Vary).Contains(HeaderNames.Origin))
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);

        // A request that is in flight when the server closes a connection would be lost: make clients send the next one elsewhere.
        if (shutdown.HasBegun)
            headers.Connection = "close";
    }
}

using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BatchesApi.Hosting;

/// <summary>The HTTP server's limits.</summary>
internal static class KestrelSetup
{
    /// <summary>Maximum length of the request line: a cursor that holds the longest text, and 8 KiB of percent-encoded filters.</summary>
    private const int MaxRequestLineBytes = 128 * 1024;

    /// <summary>Maximum size of all headers. HTTP/2 sends the path as a header, so it counts there; the request line of HTTP/1.1 does
    /// not.</summary>
    private const int MaxHeaderBytes = MaxRequestLineBytes + 32 * 1024;

    /// <summary>How long the request line and the headers may take to arrive: slow ones hold a connection that others could use.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection stays open between requests: longer than in common proxies, so that the proxy closes it and not the
    /// server.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    public static void SetLimits(this KestrelServerOptions kestrel, ClientConnectionOptions connections)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
        kestrel.Limits.MaxConcurrentConnections = connections.Max;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next =>
        {
            var limiter = endpoint.ApplicationServices.GetRequiredService<ConnectionLimiter>();
            return connection => limiter.RunAsync(connection, next);
        }));

        // Headers may contain any byte (RFC 9110, section 5.5). Kestrel would reject those that are not UTF-8 with a 400 without a body.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;

        // Each body has a limit where it is read. Kestrel's limit would close the connection before the client has read the 413.
        kestrel.Limits.MaxRequestBodySize = null;
    }
}

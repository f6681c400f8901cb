using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Resolves the name of a host.</summary>
internal delegate Task<IPAddress[]> HostResolver(string host, CancellationToken cancellation);

/// <summary>The client that calls the URLs of webhooks, which are chosen by users. It must not reach servers that only this server can
/// reach, so it decides about each address at the moment of connecting, and connects to exactly that address: a name may resolve to
/// another one a moment later.</summary>
internal sealed class WebhookHttpClient(WebhookOptions options, HostResolver resolve) : IDisposable
{
    /// <summary>Maximum size of the headers of a response in KiB.</summary>
    private const int MaxHeaders = 32;

    /// <summary>Maximum time for one address of a host that has several.</summary>
    private static readonly TimeSpan AddressTimeout = TimeSpan.FromSeconds(3);

    /// <summary>After this time a name is resolved again.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);

    private HttpMessageInvoker? _client;

    /// <summary>Sends a request and returns the response without its body.</summary>
    /// <exception cref="HttpRequestException">There is no response. The inner exception is an <see cref="AddressRefusedException"/> if the
    /// address is not public.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        LazyInitializer.EnsureInitialized(ref _client, CreateClient).SendAsync(request, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private HttpMessageInvoker CreateClient() => new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = ConnectAsync,
        MaxResponseDrainSize = 0,
        MaxResponseHeadersLength = MaxHeaders,
        PooledConnectionLifetime = ConnectionLifetime,
        PooledConnectionIdleTimeout = ConnectionLifetime / 2,
        UseCookies = false,
        UseProxy = false,
    });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellation);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);

        // A name with a public and a private address is refused, too: it has no good reason.
        if (!options.AllowPrivate && !Array.TrueForAll(addresses, PublicAddress.IsPublic))
            throw new AddressRefusedException();
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Length - 1;
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (!isLast)
                limit.CancelAfter(AddressTimeout);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), limit.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception exception) when (
                (exception is SocketException or OperationCanceledException) && !isLast && !cancellation.IsCancellationRequested)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}

/// <summary>A host has an address that is not public.</summary>
internal sealed class AddressRefusedException() : IOException("The host has an address that is not public.");

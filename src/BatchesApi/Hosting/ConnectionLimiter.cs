using System.IO.Pipelines;
using System.Net;
using System.Threading.RateLimiting;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace BatchesApi.Hosting;

/// <summary>Keeps connections free for all clients: closes those that send nothing, and gives one address at most half of all. Kestrel
/// would wait for the first request as long as for the next one, which is too long.</summary>
internal sealed partial class ConnectionLimiter : IDisposable
{
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(1);

    private readonly ClientConnectionOptions _options;
    private readonly IReadOnlyList<IPNetwork> _proxies;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly PartitionedRateLimiter<IPAddress> _perAddress;
    private long _lastWarning;

    public ConnectionLimiter(ServerOptions options, TimeProvider clock, ILogger<ConnectionLimiter> log)
    {
        _options = options.Connections;
        _proxies = options.Proxies;
        _clock = clock;
        _log = log;
        _lastWarning = clock.GetTimestamp() - (long)(BetweenWarnings.TotalSeconds * clock.TimestampFrequency);
        _perAddress = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address => IsProxy(address)
            ? RateLimitPartition.GetNoLimiter(IPAddress.None)
            : RateLimitPartition.GetConcurrencyLimiter(
                ClientAddress.GetNetwork(address), _ => new ConcurrencyLimiterOptions { PermitLimit = _options.MaxPerAddress }));
    }

    /// <summary>Serves a connection.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        // A Unix domain socket has no address; its file permissions decide which processes may connect.
        using var lease = connection.RemoteEndPoint is IPEndPoint { Address: var address } ? _perAddress.Attempt(address) : null;
        if (lease is { IsAcquired: false })
        {
            ServerMetrics.RecordRefusal("connections-per-address");
            Warn(connection.RemoteEndPoint);
        }
        else if (await WaitForFirstByteAsync(connection))
        {
            await next(connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _perAddress.Dispose();

    /// <summary>Waits for the first byte without consuming it. In all of Kestrel's protocols, the client sends first.</summary>
    /// <returns>Whether Kestrel should handle the connection: false if the client sends nothing or has disconnected.</returns>
    private async Task<bool> WaitForFirstByteAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var timeout = new CancellationTokenSource(_options.FirstByteTimeout, _clock);
        await using var onTimeout = timeout.Token.UnsafeRegister(CancelRead, input);

        // Kestrel closes idle connections itself at shutdown.
        var shutdown = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        await using var onShutdown = shutdown.UnsafeRegister(CancelRead, input);

        try
        {
            var read = await input.ReadAsync();
            input.AdvanceTo(read.Buffer.Start);
            return !read.Buffer.IsEmpty || shutdown.IsCancellationRequested;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionAbortedException or ConnectionResetException)
        {
            return false;
        }
    }

    private static void CancelRead(object? input) => ((PipeReader)input!).CancelPendingRead();

    private bool IsProxy(IPAddress address)
    {
        var peer = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _proxies.Any(proxy => proxy.Contains(peer));
    }

    /// <summary>Warns at most once a minute, because rejected clients try again.</summary>
    private void Warn(EndPoint? client)
    {
        var (now, last) = (_clock.GetTimestamp(), Interlocked.Read(ref _lastWarning));
        if (_clock.GetElapsedTime(last, now) < BetweenWarnings)
            return;
        if (Interlocked.CompareExchange(ref _lastWarning, now, last) == last)
            TooMany(_log, client, _options.MaxPerAddress);
    }

    [LoggerMessage(93, LogLevel.Warning, "The address of {Client} has {Max} open connections, the maximum for one address. "
        + "Further ones are closed. If it is a proxy, add it to Proxies__Trusted; otherwise see Server__MaxConnections.")]
    private static partial void TooMany(ILogger log, EndPoint? client, int max);
}

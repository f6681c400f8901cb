using System.Net;
using System.Net.Sockets;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace BatchesApi.Hosting.Telemetry;

/// <summary>Serves <c>/metrics</c> for Prometheus on its own port, and nothing else. It is a separate Kestrel, without the host of
/// ASP.NET Core, so that it needs none of the middleware of the API, and scrapes are neither logged nor traced, nor counted as
/// requests.</summary>
internal sealed class MetricsServer : IHostedService, IHttpApplication<HttpContext>, IDisposable
{
    public const string Path = "/metrics";

    private const string Localhost = "localhost";

    /// <summary>Scrapers are few.</summary>
    private const int MaxConnections = 100;

    private readonly IReadOnlyList<string> _addresses;
    private readonly KestrelServer _server;
    private readonly RequestDelegate _pipeline;

    public MetricsServer(ServerOptions options, MeterProvider metrics, IServiceProvider services, ILoggerFactory logs)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = services };
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logs);
        _server = new KestrelServer(Options.Create(kestrel), transport, logs);
        _addresses = options.Telemetry.MetricsAddresses;
        foreach (var address in _addresses)
            _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Add(address);
        _pipeline = new ApplicationBuilder(services)
            .UseOpenTelemetryPrometheusScrapingEndpoint(
                metrics, context => context.Request.Path == Path, path: null, configureBranchedPipeline: null, optionsName: null)
            .Build();
    }

    /// <summary>The addresses to listen on: the hosts of the server's addresses, with another port.</summary>
    /// <param name="configuration">The configuration, with the server's addresses.</param>
    /// <param name="port">The port.</param>
    /// <param name="errors">Receives an error if the server itself uses the port.</param>
    public static IReadOnlyList<string> GetAddresses(IConfiguration configuration, int port, ValidationErrors errors)
    {
        var addresses = FrameworkOptionsValidator.GetAddresses(configuration);
        if (addresses.Any(address => address.Port == port))
            errors.Add("Metrics__Port", $"{port} is a port of the server itself. Use another one, such as 9464.");
        string[] hosts =
        [
            .. addresses.Where(address => !address.IsUnixPipe).Select(address => address.Host).DefaultIfEmpty(Localhost)
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        return hosts.Any(IsAny)
            ? [$"http://*:{port}"]
            : [.. hosts.Where(host => !hosts.Any(other => Includes(other, host))).Select(host => $"http://{host}:{port}")];
    }

    /// <summary>Whether a host has an address of another one, which cannot use the same port then. <c>localhost</c> has both loopback
    /// addresses.</summary>
    private static bool Includes(string host, string other)
    {
        if (!IPAddress.TryParse(host, out var address))
            return false;
        return other.Equals(Localhost, StringComparison.OrdinalIgnoreCase)
            ? IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any)
            : address.Equals(IPAddress.Any) && host != other && !other.Contains(':', StringComparison.Ordinal);
    }

    /// <summary>Whether Kestrel listens on all addresses for a host, as it does for <c>*</c>, <c>+</c> and names. A second host would then
    /// need the same port.</summary>
    private static bool IsAny(string host) => IPAddress.TryParse(host, out var address)
        ? address.Equals(IPAddress.IPv6Any)
        : !host.Equals(Localhost, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _server.StartAsync(this, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new StartupException(
                $"Cannot serve metrics on {string.Join(", ", _addresses)}: {exception.GetBaseException().Message}. "
                    + "Choose another Metrics__Port.",
                exception);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context) => _pipeline(context);

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();
}

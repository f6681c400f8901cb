using System.Text;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.OpenApi;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;

namespace BatchesApi.Hosting;

/// <summary>Puts the server together.</summary>
internal static partial class ServerFactory
{
    /// <summary>Longest request line: a cursor that holds the longest text, and 8 KiB of filters, percent-encoded, beside everything else.</summary>
    private const int MaxRequestLineBytes = 128 * 1024;

    /// <summary>Most bytes of header fields, beside the request line.</summary>
    private const int MaxHeaderBytes = 32 * 1024;

    /// <summary>How long the head of a request may take to arrive: slow ones hold a connection that others could use.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection stays open between requests; longer than proxies commonly keep theirs, so that they and not we close it.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(130);

    /// <summary>Serves until the process is told to stop.</summary>
    /// <param name="arguments">Settings on the command line, such as <c>--urls http://localhost:5000</c>.</param>
    /// <returns>The exit code: 0, or 1 if the server cannot start or had to stop.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var builder = HostConfiguration.CreateBuilder(arguments);
            var errors = new ValidationErrors();
            var settings = ServerOptions.Read(builder.Configuration, builder.Environment.IsDevelopment(), errors);
            if (errors.HasErrors)
            {
                await Console.Error.WriteLineAsync(ServerOptions.Describe(errors));
                return 1;
            }
            if (settings.ConnectionString is null)
                return await DevelopmentServer.RunAsync(builder, settings);
            await using var app = Build(builder, settings, settings.ConnectionString);
            return await StartAsync(app) ? await WaitForShutdownAsync(app) : 0;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(StartupFailure.Describe(exception));
            return 1;
        }
    }

    /// <summary>Starts a server.</summary>
    /// <returns>Whether it was not told to stop meanwhile.</returns>
    public static async Task<bool> StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
            return true;
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Serves until the process is told to stop, or cannot go on.</summary>
    /// <returns>The exit code: 0, or 1 if it could not go on, or not stop as it should. The log has the reason.</returns>
    public static async Task<int> WaitForShutdownAsync(WebApplication app)
    {
        try
        {
            await app.WaitForShutdownAsync();
        }
        catch (Exception exception)
        {
            StopFailed(app.Logger, exception);
            return 1;
        }

        // The host has logged why such a service ended it, but reports a success (dotnet/runtime#67146, until .NET 11).
        var isFaulted = app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Any(service => service.ExecuteTask is { IsFaulted: true });
        return isFaulted || app.Services.GetRequiredService<GracefulShutdown>().HasFailed ? 1 : 0;
    }

    /// <summary>Makes the server, ready to run.</summary>
    /// <param name="builder">The builder, its configuration read.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="connectionString">How to reach PostgreSQL.</param>
    public static WebApplication Build(WebApplicationBuilder builder, ServerOptions settings, string connectionString)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxRequestLineBytes + MaxHeaderBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
            kestrel.Limits.MaxConcurrentConnections = settings.Connections.Max;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next =>
            {
                var limiter = endpoint.ApplicationServices.GetRequiredService<ConnectionLimiter>();
                return connection => limiter.RunAsync(connection, next);
            }));

            // HTTP lets header fields hold any byte (RFC 9110, section 5.5); as UTF-8, Kestrel would end such a request with a bare 400.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;

            // Bodies are bounded where they are read. Kestrel's own bound would cut the connection before a client has read the 413.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services
            .AddServerDatabase(connectionString, settings.Database, settings.Capacity.Connections)
            .AddAccess(settings.Limits)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ObjectIdGenerator>()
            .AddScoped<ApiKeyStore>()
            .AddScoped<UserStore>()
            .AddSingleton(settings.Requests)
            .AddSingleton(settings.Capacity.Lists)
            .AddSingleton(settings.Capacity.Concurrency)
            .AddSingleton<ConcurrencyLimits>()
            .AddSingleton(settings.History)
            .AddSingleton(settings.Shutdown)
            .AddSingleton<BatchFilterSqlCache>()
            .AddSingleton<ListStatisticsCache>()
            .AddSingleton(provider => new ScanLimiter(
                settings.Capacity.Scans, provider.GetRequiredService<ListStatisticsCache>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<BatchReader>()
            .AddSingleton<HistoryReader>()
            .AddSingleton<IdempotencyStore>()
            .AddSingleton<BatchWriter>()
            .AddSingleton(_ => new Lazy<BatchValidator>(() => new BatchValidator()))
            .AddSingleton<BatchRequestReader>()
            .AddSingleton<BatchServices>()
            .AddExceptionHandler<ProblemExceptionHandler>()
            .AddProblemDetails()
            .AddHostedService<MigrationService>()
            .AddHostedService<ConnectionMonitor>()
            .AddHostedService<RetentionService>()
            .AddHostedService<WarmupService>()
            .AddSingleton(provider => new ConnectionLimiter(
                settings.Connections,
                settings.Proxies,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ConnectionLimiter>>()))
            .AddSingleton<IConnectionListenerFactory, DrainingListenerFactory>()
            .AddSingleton<GracefulShutdown>()
            .AddHostedService(provider => provider.GetRequiredService<GracefulShutdown>())
            .Configure<HostOptions>(options => options.ShutdownTimeout = settings.Shutdown.Delay + settings.Shutdown.Timeout)
            .AddHostedService(provider => provider.GetRequiredService<LastUsedTracker>())
            .AddApiDocument()
            .Configure<ForwardedHeadersOptions>(options =>
            {
                options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
                options.ForwardLimit = null;
                options.KnownProxies.Clear();
                options.KnownIPNetworks.Clear();
                foreach (var network in settings.Proxies)
                    options.KnownIPNetworks.Add(network);
            })
            .AddCors(options => options.AddDefaultPolicy(policy => policy
                .WithOrigins([.. settings.Origins])
                .AllowAnyHeader()
                .AllowAnyMethod()
                .WithExposedHeaders(ResponseHeaders.All.Keys.ToArray())));

        var app = builder.Build();
        if (settings.Capacity.Notice is { } notice)
            Lowered(app.Logger, notice);
        app.UsePipeline(settings);
        return app;
    }

    [LoggerMessage(94, LogLevel.Warning, "{Notice}")]
    private static partial void Lowered(ILogger log, string notice);

    [LoggerMessage(91, LogLevel.Critical, "The server did not stop as it should.")]
    private static partial void StopFailed(ILogger log, Exception exception);
}

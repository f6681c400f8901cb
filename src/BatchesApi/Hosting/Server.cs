using System.Text;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Data;
using BatchesApi.Hosting.OpenApi;
using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Requests;
using BatchesApi.Writing;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;

namespace BatchesApi.Hosting;

/// <summary>Puts the server together.</summary>
internal static partial class Server
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
            var builder = Configuration.CreateBuilder(arguments);
            var faults = new Faults();
            var settings = Settings.Read(builder.Configuration, builder.Environment.IsDevelopment(), faults);
            if (faults.Any)
            {
                await Console.Error.WriteLineAsync(Settings.Describe(faults));
                return 1;
            }
            if (settings.ConnectionString is null)
                return await DevelopmentServer.RunAsync(builder, settings);
            await using var app = Build(builder, settings, settings.ConnectionString);
            return await StartAsync(app) ? await WaitForShutdownAsync(app) : 0;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(StartFailure.Describe(exception));
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
        return isFaulted || app.Services.GetRequiredService<Shutdown>().HasFailed ? 1 : 0;
    }

    /// <summary>Makes the server, ready to run.</summary>
    /// <param name="builder">The builder, its configuration read.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="connectionString">How to reach PostgreSQL.</param>
    public static WebApplication Build(WebApplicationBuilder builder, Settings settings, string connectionString)
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
            .AddSingleton<ObjectId>()
            .AddScoped<KeyRegister>()
            .AddScoped<UserRegister>()
            .AddSingleton(settings.Requests)
            .AddSingleton(settings.Capacity.Lists)
            .AddSingleton(settings.Capacity.Concurrency)
            .AddSingleton<ConcurrencyLimits>()
            .AddSingleton(settings.History)
            .AddSingleton(settings.Shutdown)
            .AddSingleton<Selections>()
            .AddSingleton<ListMemory>()
            .AddSingleton(provider => new ScanGate(
                settings.Capacity.Scans, provider.GetRequiredService<ListMemory>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<ListRunner>()
            .AddSingleton<HistoryReader>()
            .AddSingleton<BatchWriter>()
            .AddSingleton(_ => new Lazy<BatchRules>(() => new BatchRules()))
            .AddSingleton<BatchRequests>()
            .AddSingleton<BatchServices>()
            .AddExceptionHandler<FaultHandler>()
            .AddProblemDetails()
            .AddHostedService<Migrator>()
            .AddHostedService<DatabaseWatch>()
            .AddHostedService<Pruner>()
            .AddHostedService<WarmUp>()
            .AddSingleton(provider => new ConnectionLimiter(
                settings.Connections,
                settings.Proxies,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<ConnectionLimiter>>()))
            .AddSingleton<IConnectionListenerFactory, LingeringListeners>()
            .AddSingleton<Shutdown>()
            .AddHostedService(provider => provider.GetRequiredService<Shutdown>())
            .Configure<HostOptions>(options => options.ShutdownTimeout = settings.Shutdown.Delay + settings.Shutdown.Timeout)
            .AddHostedService(provider => provider.GetRequiredService<CredentialUses>())
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
                .WithExposedHeaders(AnswerHeaders.All.Keys.ToArray())));

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

using System.Net.Sockets;
using System.Text;
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Data;
using BatchesApi.Development;
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
    /// <returns>The exit code: 0, or 1 where the settings are wrong, the private PostgreSQL cannot be had or the address is taken.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var builder = Configuration.CreateBuilder(arguments);
        var faults = new Faults();
        var settings = Settings.Read(builder.Configuration, builder.Environment.IsDevelopment(), faults);
        if (faults.Any)
        {
            await Console.Error.WriteLineAsync(Settings.Describe(faults));
            return 1;
        }
        try
        {
            if (settings.ConnectionString is null)
            {
                await DevelopmentServer.RunAsync(builder, settings);
            }
            else
            {
                await using var app = Build(builder, settings, settings.ConnectionString);
                if (await StartAsync(app))
                    await app.WaitForShutdownAsync();
            }
            return 0;
        }
        catch (Exception fault) when (fault is PostgresUnavailableException or StartException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    /// <summary>Starts a server.</summary>
    /// <returns>Whether it was not told to stop meanwhile.</returns>
    /// <exception cref="StartException">It cannot listen where it should.</exception>
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
        catch (Exception fault) when (fault is IOException or SocketException or InvalidOperationException)
        {
            throw new StartException($"{fault.Message} Stop what listens there, or choose another address with --urls.", fault);
        }
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

    [LoggerMessage(5, LogLevel.Warning, "{Notice}")]
    private static partial void Lowered(ILogger log, string notice);
}

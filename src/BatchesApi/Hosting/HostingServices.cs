using BatchesApi.Concurrency;
using BatchesApi.OpenApi;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Net.Http.Headers;

namespace BatchesApi.Hosting;

/// <summary>The services of the middleware, of start-up and of shutdown.</summary>
internal static class HostingServices
{
    /// <summary>How long browsers keep the response to a preflight request.</summary>
    private static readonly TimeSpan PreflightMaxAge = TimeSpan.FromMinutes(10);

    /// <summary>Adds the services. The migration is the first service to start.</summary>
    public static IServiceCollection AddHosting(this IServiceCollection services, ServerOptions options)
    {
        services.AddHealthChecks().AddCheck<ReadinessCheck>(ReadinessCheck.Name);
        if (options.Redis is not null)
            services.AddSingleton(_ => new RedisConnection(options.Redis));
        return services
            .AddSingleton(options)
            .AddSingleton(options.Shutdown)
            .AddExceptionHandler<ProblemExceptionHandler>()
            .AddProblemDetails()
            .AddHostedService<MigrationService>()
            .AddHostedService<WarmupService>()
            .AddSingleton<ConnectionLimiter>()
            .AddSingleton<IConnectionListenerFactory, DrainingListenerFactory>()
            .AddSingleton<GracefulShutdown>()
            .AddHostedService(provider => provider.GetRequiredService<GracefulShutdown>())
            .Configure<HostOptions>(host => host.ShutdownTimeout = options.Shutdown.Delay + options.Shutdown.Timeout)
            .Configure<ForwardedHeadersOptions>(forwarded =>
            {
                forwarded.ForwardedHeaders = ForwardedHeaders.All;
                forwarded.ForwardLimit = null;
                forwarded.KnownProxies.Clear();
                forwarded.KnownIPNetworks.Clear();
                foreach (var network in options.Proxies)
                    forwarded.KnownIPNetworks.Add(network);
            })
            // AddressMiddleware filters hosts.
            .Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["*"])
            .AddCors(cors => cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. options.Origins])
                .AllowAnyHeader()
                .AllowAnyMethod()
                .SetPreflightMaxAge(PreflightMaxAge)
                .WithExposedHeaders([.. ResponseHeaders.All.Keys, HeaderNames.Allow])))
            .AddCompression();
    }
}

using BatchesApi.Domain;
using Npgsql;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BatchesApi.Hosting.Telemetry;

/// <summary>Registers OpenTelemetry for the signals that are exported. Without any, nothing listens, and spans and metrics cost
/// nothing.</summary>
internal static class TelemetryServices
{
    private const string ServiceName = "batches-api";

    /// <summary>The meters of ASP.NET Core and .NET whose metrics docs/operating.md describes.</summary>
    private static readonly string[] FrameworkMeters = ["Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Records the spans of the requests that <see cref="RequestTelemetryMiddleware"/> has sampled.</summary>
    private static readonly Sampler SampledRequests = new ParentBasedSampler(
        new AlwaysOnSampler(), remoteParentNotSampled: new AlwaysOnSampler(), localParentNotSampled: new AlwaysOffSampler());

    /// <summary>Metrics of Npgsql that are recorded several times for each statement, and say little.</summary>
    private static readonly string[] DetailsOfNpgsql =
    [
        "db.client.operation.npgsql.executing", "db.client.operation.npgsql.bytes_read", "db.client.operation.npgsql.bytes_written",
        "db.client.operation.npgsql.prepared_ratio",
    ];

    public static IServiceCollection AddTelemetry(
        this IServiceCollection services, TelemetryOptions options, IConfiguration configuration)
    {
        if (options.HasServerTiming)
            services.AddSingleton<PhaseTimer>();
        if (options.MetricsAddresses.Count > 0)
            services.AddHostedService<MetricsServer>();
        if (options is { ObservesRequests: false, Logs: false })
            return services;

        // The variables are read again after the defaults, because later attributes replace earlier ones.
        var telemetry = services.AddOpenTelemetry().ConfigureResource(
            resource => resource.AddService(ServiceName, serviceVersion: ServerVersion.Full).AddEnvironmentVariableDetector());
        if (options.Traces)
        {
            telemetry.WithTracing(traces => traces
                .SetSampler(SampledRequests)
                .AddSource(RequestPhase.SourceName)
                .AddNpgsql()
                .AddOtlpExporter(exporter => Configure(exporter, configuration, TelemetryOptions.TracesSignal)));
        }
        if (options.HasMetrics)
        {
            telemetry.WithMetrics(metrics =>
            {
                metrics.AddMeter([ServerMetrics.MeterName, .. FrameworkMeters]).AddNpgsqlInstrumentation()
                    .AddView(static instrument => DetailsOfNpgsql.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null);
                if (options.Metrics)
                    metrics.AddOtlpExporter(exporter => Configure(exporter, configuration, TelemetryOptions.MetricsSignal));
                if (options.MetricsAddresses.Count > 0)
                    metrics.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
            });
        }
        if (options.Logs)
        {
            telemetry.WithLogging(
                logs => logs.AddOtlpExporter(exporter => Configure(exporter, configuration, TelemetryOptions.LogsSignal)),
                logs => logs.IncludeFormattedMessage = true);
        }
        return services;
    }

    /// <summary>Applies the variables for one signal. The exporter reads only those for all signals.</summary>
    private static void Configure(OtlpExporterOptions exporter, IConfiguration configuration, string signal)
    {
        string? Get(string name) => TelemetryOptions.GetForSignal(configuration, signal, name);
        if (Get("PROTOCOL") is { } protocol)
            exporter.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        if (Get("ENDPOINT") is { } endpoint)
            exporter.Endpoint = new Uri(endpoint);
        if (Get("HEADERS") is { } headers)
            exporter.Headers = headers;
        if (TelemetryOptions.ParseTimeout(Get("TIMEOUT")) is { } milliseconds)
            exporter.TimeoutMilliseconds = milliseconds;
        if (Get("COMPRESSION") is { } compression)
            exporter.Compression = compression == "gzip" ? OtlpExportCompression.GZip : OtlpExportCompression.None;
    }
}

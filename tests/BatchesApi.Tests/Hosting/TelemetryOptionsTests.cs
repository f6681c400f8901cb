using System.Diagnostics;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Hosting.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;

namespace BatchesApi.Tests.Hosting;

/// <summary>The variables of OpenTelemetry, and the settings of metrics and timings.</summary>
public sealed class TelemetryOptionsTests
{
    private ValidationErrors _errors = new();

    [Fact]
    public void Without_variables_nothing_is_registered()
    {
        var options = Read();
        var services = new ServiceCollection().AddTelemetry(options, new ConfigurationBuilder().Build());

        Assert.Empty(_errors);
        Assert.Equal((false, false, false, false), (options.Traces, options.Metrics, options.Logs, options.HasServerTiming));
        Assert.Empty(options.MetricsAddresses);
        Assert.Empty(services);
    }

    [Theory]
    [InlineData("traces metrics logs", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData("traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4317/v1/traces")]
    [InlineData("metrics", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4317/v1/metrics")]
    [InlineData("logs", "OTEL_LOGS_EXPORTER=otlp")]
    [InlineData("traces metrics", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_LOGS_EXPORTER=none")]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_SDK_DISABLED=TRUE")]
    [InlineData("traces metrics logs", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_SDK_DISABLED=yes")]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT= ", "OTEL_SERVICE_NAME=batches", "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b=, x=1")]
    public void The_signals_with_an_endpoint_or_an_exporter_are_exported(string expected, params string[] variables)
    {
        var options = Read(variables);

        Assert.Empty(_errors);
        var signals = new List<string>();
        if (options.Traces)
            signals.Add("traces");
        if (options.Metrics)
            signals.Add("metrics");
        if (options.Logs)
            signals.Add("logs");
        Assert.Equal(expected, string.Join(' ', signals));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317",
        "invalid address 'collector:4317'. Use for example http://localhost:4317.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "/", "invalid address '/'. Use for example http://localhost:4317.")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "htp://batches:hunter2@collector",
        "invalid address '…@collector'. Use for example http://localhost:4317.")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "'10s' is not valid; use a whole number of milliseconds, such as 10000.")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0", "'0' is not valid; use a whole number of milliseconds, such as 10000.")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli", "'brotli' is not valid; use none or gzip.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "7", "'7' is not valid; use none or gzip.")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "'http/json' is not valid; use grpc or http/protobuf.")]
    [InlineData("OTEL_TRACES_EXPORTER", "console", "'console' is not valid; use otlp or none.")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "10%", "'10%' is not valid; use a number from 0 to 1.")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "1.1", "'1.1' is not valid; use a number from 0 to 1.")]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes",
        "'sometimes' is not valid; use always_on or always_off or traceidratio or parentbased_always_on or parentbased_always_off or "
        + "parentbased_traceidratio.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a b=secret", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=b,=secret", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "content-type=secret", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=é", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=secret%0Ab", "invalid headers. Use name=value, with commas between headers.")]
    [InlineData("Metrics:Port", "0", "'0' is not valid; use a whole number from 1 to 65535.")]
    [InlineData("ServerTiming:Enabled", "yes", "'yes' is not valid; use true or false.")]
    public void An_invalid_value_is_an_error(string name, string value, string error)
    {
        Read($"{name}={value}");

        Assert.Equal([$"{name.Replace(":", "__", StringComparison.Ordinal)} {error}"], _errors.Lines());
    }

    /// <summary>A trace id whose last 8 bytes are small is sampled by each ratio.</summary>
    [Theory]
    [InlineData(null, null, "new sampled")]
    [InlineData("always_on", null, "new sampled left-out")]
    [InlineData("always_off", null, "")]
    [InlineData("traceidratio", null, "new sampled left-out")]
    [InlineData("traceidratio", "0.1", "new sampled left-out")]
    [InlineData("traceidratio", "0", "")]
    [InlineData("parentbased_always_on", null, "new sampled")]
    [InlineData("parentbased_always_off", null, "sampled")]
    [InlineData("parentbased_traceidratio", "0.1", "new sampled")]
    [InlineData("parentbased_traceidratio", "0", "sampled")]
    public void The_sampler_chooses_the_requests_that_are_traced(string? sampler, string? argument, string expected)
    {
        var options = Read($"OTEL_TRACES_SAMPLER={sampler}", $"OTEL_TRACES_SAMPLER_ARG={argument}");

        Assert.Empty(_errors);
        var traceId = ActivityTraceId.CreateFromString("0af7651916cd43dd0000000000000001");
        ActivityContext Parent(ActivityTraceFlags flags) => new(traceId, ActivitySpanId.CreateRandom(), flags, isRemote: true);
        (string Name, ActivityContext Parent)[] requests =
        [
            ("new", default), ("sampled", Parent(ActivityTraceFlags.Recorded)), ("left-out", Parent(ActivityTraceFlags.None)),
        ];
        var traced = requests.Where(request => options.Sampler.ShouldSample(
            new SamplingParameters(request.Parent, traceId, "GET", ActivityKind.Server)).Decision == SamplingDecision.RecordAndSample);
        Assert.Equal(expected, string.Join(' ', traced.Select(request => request.Name)));
    }

    [Theory]
    [InlineData("http://localhost:9464", "urls=http://localhost:5000")]
    [InlineData("http://localhost:9464", "urls=")]
    [InlineData("http://0.0.0.0:9464 http://[::1]:9464", "urls=http://0.0.0.0:80;http://[::1]:81;https://0.0.0.0:443")]
    [InlineData("http://*:9464", "http_ports=8080")]
    [InlineData("http://*:9464", "urls=http://*:80;http://localhost:81")]
    [InlineData("http://*:9464", "urls=http://localhost:81;http://+:80")]
    [InlineData("http://*:9464", "urls=http://api.example.com:80;http://10.0.0.1:81")]
    [InlineData("http://*:9464", "urls=http://[::]:80;http://127.0.0.1:81")]
    [InlineData("http://10.0.0.1:9464", "Kestrel:Endpoints:Main:Url=http://10.0.0.1:80", "urls=http://localhost:5000")]
    [InlineData("http://0.0.0.0:9464", "urls=http://0.0.0.0:80;http://localhost:81;http://10.0.0.1:82")]
    [InlineData("http://127.0.0.1:9464", "urls=http://localhost:80;http://127.0.0.1:81")]
    [InlineData("http://localhost:9464", "urls=http://unix:/tmp/batches.sock")]
    public void Metrics_are_served_on_the_hosts_of_the_server(string expected, params string[] settings)
    {
        var options = Read(["Metrics:Port=9464", .. settings]);

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(' ', options.MetricsAddresses));
    }

    [Fact]
    public void The_port_of_the_server_cannot_serve_metrics()
    {
        Read("Metrics:Port=5000", "urls=http://localhost:5000");

        Assert.Equal(["Metrics__Port 5000 is a port of the server itself. Use another one, such as 9464."], _errors.Lines());
    }

    private TelemetryOptions Read(params string[] settings)
    {
        _errors = new ValidationErrors();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
            [
                new("ConnectionStrings:Batches", "Host=db;Database=batches;Username=batches;Password=hunter2"),
                .. settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])),
            ])
            .Build();
        return ServerOptions.Read(configuration, isDevelopment: false, _errors).Telemetry;
    }
}

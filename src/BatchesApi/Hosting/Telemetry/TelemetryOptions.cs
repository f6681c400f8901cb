using System.Globalization;
using BatchesApi.Domain;
using OpenTelemetry.Trace;

namespace BatchesApi.Hosting.Telemetry;

/// <summary>What is measured, and where it goes.</summary>
/// <param name="Traces">Whether traces are exported.</param>
/// <param name="Metrics">Whether metrics are exported.</param>
/// <param name="Logs">Whether the log is exported.</param>
/// <param name="MetricsAddresses">The addresses that serve <c>/metrics</c>, or none.</param>
/// <param name="HasServerTiming">Whether responses have the header <c>Server-Timing</c>.</param>
/// <param name="Sampler">Chooses the requests whose traces are recorded.</param>
internal sealed record TelemetryOptions(
    bool Traces, bool Metrics, bool Logs, IReadOnlyList<string> MetricsAddresses, bool HasServerTiming, Sampler Sampler)
{
    /// <summary>The names of the signals in the variables of OpenTelemetry.</summary>
    public const string TracesSignal = "TRACES";

    /// <inheritdoc cref="TracesSignal"/>
    public const string MetricsSignal = "METRICS";

    /// <inheritdoc cref="TracesSignal"/>
    public const string LogsSignal = "LOGS";

    private const string ExporterPrefix = "OTEL_EXPORTER_OTLP_";

    private const string SamplerName = "OTEL_TRACES_SAMPLER";

    private const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";

    private static readonly string[] Signals = [TracesSignal, MetricsSignal, LogsSignal];

    private static readonly string[] Protocols = ["grpc", "http/protobuf"];

    private static readonly string[] Compressions = ["none", "gzip"];

    private static readonly string[] Samplers =
    [
        "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
    ];

    /// <summary>Whether metrics are exported or served.</summary>
    public bool HasMetrics => Metrics || MetricsAddresses.Count > 0;

    /// <summary>Whether requests are traced or measured.</summary>
    public bool ObservesRequests => Traces || HasMetrics;

    /// <summary>Reads the settings, and the variables of OpenTelemetry, whose invalid values its SDK would ignore.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="errors">Receives the errors.</param>
    public static TelemetryOptions Read(IConfiguration configuration, ServerSettings settings, ValidationErrors errors)
    {
        CheckExporters(configuration, errors);

        // The specification of OpenTelemetry takes all other values for false.
        var isDisabled = string.Equals(Get(configuration, "OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        bool IsOn(string signal) => IsExported(configuration, signal, errors) && !isDisabled;
        return new TelemetryOptions(
            IsOn(TracesSignal),
            IsOn(MetricsSignal),
            IsOn(LogsSignal),
            settings.Metrics.Port is { } port ? MetricsServer.GetAddresses(configuration, port, errors) : [],
            settings.ServerTiming.Enabled,
            ReadSampler(configuration, errors));
    }

    /// <summary>The variable of an exporter for one signal, such as <c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>.</summary>
    /// <returns>Its value, or null if it is not set.</returns>
    public static string? GetForSignal(IConfiguration configuration, string signal, string name) =>
        Get(configuration, $"{ExporterPrefix}{signal}_{name}");

    /// <summary>Parses a timeout in milliseconds; null if it is not valid.</summary>
    public static int? ParseTimeout(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0 ? milliseconds : null;

    private static string? Get(IConfiguration configuration, string name) =>
        configuration[name] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    private static Sampler ReadSampler(IConfiguration configuration, ValidationErrors errors)
    {
        CheckOneOf(configuration, SamplerName, Samplers, errors);
        var ratio = 1d;
        if (Get(configuration, SamplerArgument) is { } argument
            && !(double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out ratio) && ratio is >= 0 and <= 1))
        {
            errors.Add(SamplerArgument, $"'{argument}' is not valid; use a number from 0 to 1.");
            ratio = 1;
        }
        var name = Get(configuration, SamplerName) ?? "parentbased_always_on";
        Sampler root = name.EndsWith("always_off", StringComparison.Ordinal) ? new AlwaysOffSampler()
            : name.EndsWith("traceidratio", StringComparison.Ordinal) ? new TraceIdRatioBasedSampler(ratio)
            : new AlwaysOnSampler();
        return name.StartsWith("parentbased", StringComparison.Ordinal) ? new ParentBasedSampler(root) : root;
    }

    /// <summary>Whether a signal is exported: as its variable says, and by default if there is an endpoint for it.</summary>
    private static bool IsExported(IConfiguration configuration, string signal, ValidationErrors errors)
    {
        var name = $"OTEL_{signal}_EXPORTER";
        if (Get(configuration, name) is not { } exporters)
            return (Get(configuration, $"{ExporterPrefix}ENDPOINT") ?? GetForSignal(configuration, signal, "ENDPOINT")) is not null;
        CheckOneOf(configuration, name, ["otlp", "none"], errors);
        return exporters == "otlp";
    }

    private static void CheckExporters(IConfiguration configuration, ValidationErrors errors)
    {
        foreach (var prefix in (string[])[ExporterPrefix, .. Signals.Select(signal => $"{ExporterPrefix}{signal}_")])
        {
            var endpoint = $"{prefix}ENDPOINT";
            if (Get(configuration, endpoint) is { } address
                && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                errors.Add(endpoint, $"invalid address '{PublicUrl.HidePassword(address)}'. Use for example http://localhost:4317.");
            }
            CheckOneOf(configuration, $"{prefix}PROTOCOL", Protocols, errors);
            CheckOneOf(configuration, $"{prefix}COMPRESSION", Compressions, errors);
            var timeout = $"{prefix}TIMEOUT";
            if (Get(configuration, timeout) is { } milliseconds && ParseTimeout(milliseconds) is null)
                errors.Add(timeout, $"'{milliseconds}' is not valid; use a whole number of milliseconds, such as 10000.");

            // Their values are secrets.
            if (Get(configuration, $"{prefix}HEADERS") is { } headers && !AreHeaders(headers))
                errors.Add($"{prefix}HEADERS", "invalid headers. Use name=value, with commas between headers.");
        }
    }

    private static bool AreHeaders(string text)
    {
        using var request = new HttpRequestMessage();
        return text.Split(',').All(header =>
            header.Split('=', 2) is [var name, var value]
            && Uri.UnescapeDataString(value) is var decoded
            && decoded.All(character => char.IsAscii(character) && !char.IsControl(character))
            && request.Headers.TryAddWithoutValidation(name.Trim(), decoded));
    }

    private static void CheckOneOf(IConfiguration configuration, string name, string[] allowed, ValidationErrors errors)
    {
        if (Get(configuration, name) is { } value && !allowed.Contains(value))
            errors.Add(name, $"'{value}' is not valid; use {string.Join(" or ", allowed)}.");
    }
}

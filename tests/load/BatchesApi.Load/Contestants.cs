using System.Globalization;

namespace BatchesApi.Load;

/// <summary>The programs that <c>compare</c> measures, by the names in its tables.</summary>
internal static class Contestants
{
    /// <summary>pgbench, without a server.</summary>
    public const string PostgreSql = "PostgreSQL alone";

    /// <summary>A hand-written minimal API on Npgsql without any checks.</summary>
    public const string Ceiling = "ceiling";

    public const string EfCore = "EF Core tuned";
    public const string Fastify = "Fastify";

    /// <summary>An earlier version of the server.</summary>
    public const string Old = "old";

    public const string Server = "server";

    /// <summary>The server, which exports metrics, and the traces of one request in ten.</summary>
    public const string Telemetry = "telemetry";

    public static IReadOnlyList<string> All { get; } = [PostgreSql, Ceiling, EfCore, Fastify, Old, Server, Telemetry];

    /// <summary>A version of the server.</summary>
    /// <param name="name">The name in tables.</param>
    /// <param name="binary">The published server.</param>
    /// <param name="database">Its database.</param>
    public static ContestantProgram MakeServer(string name, string binary, SeededDatabase database) =>
        new(name, binary, [], database, new Dictionary<string, string>
        {
            ["ConnectionStrings__Batches"] = database.ConnectionString,

            // Rate limits are enabled but too high to be reached.
            ["RateLimits__Standard__PerMinute"] = "1000000",
            ["RateLimits__Standard__PerHour"] = "1000000",
            ["RateLimits__Intensive__PerMinute"] = "1000000",
            ["RateLimits__Intensive__PerHour"] = "1000000",
            ["Shutdown__DelaySeconds"] = "0",
        });

    /// <summary>The server with telemetry.</summary>
    /// <param name="server">The server.</param>
    /// <param name="collector">The address that gets the telemetry.</param>
    public static ContestantProgram AddTelemetry(ContestantProgram server, string collector) => server with
    {
        Name = Telemetry,
        Settings = new Dictionary<string, string>(server.Settings)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = "traceidratio",
            ["OTEL_TRACES_SAMPLER_ARG"] = "0.1",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
            ["OTEL_LOGS_EXPORTER"] = "none",
        },
    };

    /// <summary>Builds the hand-written programs among the chosen contestants.</summary>
    public static async Task<IReadOnlyList<ContestantProgram>> MakeOthersAsync(
        IReadOnlyCollection<string> chosen, SeededDatabase database, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string>(database.Environment)
        {
            ["ConnectionString"] = database.ConnectionString,
            ["Account"] = database.Account.ToString(CultureInfo.InvariantCulture),
            ["Token"] = database.Key,
        };
        var programs = new List<ContestantProgram>();
        if (chosen.Contains(Ceiling))
            programs.Add(new(Ceiling, await Binaries.PublishCeilingAsync(cancellation), [], database, settings));
        if (chosen.Contains(EfCore))
            programs.Add(new(EfCore, await Binaries.PublishEfTunedAsync(cancellation), [], database, settings));
        if (chosen.Contains(Fastify))
            programs.Add(new(Fastify, "node", [await Binaries.InstallFastifyAsync(cancellation)], database, settings));
        return programs;
    }
}

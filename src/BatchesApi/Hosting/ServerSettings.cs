using System.ComponentModel.DataAnnotations;
using System.Net;
using BatchesApi.Http;
using BatchesApi.Storage;

namespace BatchesApi.Hosting;

/// <summary>The server's settings with their ranges and defaults (docs/operating.md). A default of null depends on the environment, the
/// connection pool or the memory.</summary>
internal sealed record ServerSettings
{
    /// <summary>Smallest memory for large bodies in MiB: an account may use half of it, and that must hold the largest array.</summary>
    public const int MinBodyMegabytes = 2 * BatchBodyReader.MaxArrayBytes / (1024 * 1024);

    private const int MaxPermits = 10_000;
    private const int MaxWaitSeconds = 60;
    private const int MaxRequests = 1_000_000;

    public DatabaseSettings Database { get; init; } = new();

    public RequestSettings Requests { get; init; } = new();

    public ListSettings Lists { get; init; } = new();

    public BulkSettings Bulk { get; init; } = new();

    public HistorySettings History { get; init; } = new();

    public ShutdownSettings Shutdown { get; init; } = new();

    public ConnectionSettings Server { get; init; } = new();

    public RateLimitSettings RateLimits { get; init; } = new();

    public ProxySettings Proxies { get; init; } = new();

    public CorsSettings Cors { get; init; } = new();

    public SwaggerSettings Swagger { get; init; } = new();

    public WebhookSettings Webhooks { get; init; } = new();

    public MetricsSettings Metrics { get; init; } = new();

    public ServerTimingSettings ServerTiming { get; init; } = new();

    internal sealed record DatabaseSettings : CommandSettings.DatabaseSettings
    {
        [Range(1, MaxPermits)]
        public int? ConnectionsPerAccount { get; init; }

        [Range(1, MaxWaitSeconds)]
        public int WaitSeconds { get; init; } = 2;
    }

    internal sealed record RequestSettings
    {
        public bool Strict { get; init; } = true;

        [Range(MinBodyMegabytes, MaxPermits)]
        public int? BodyMegabytes { get; init; }
    }

    internal sealed record ListSettings
    {
        [Range(1, 3_600)]
        public int TimeoutSeconds { get; init; } = 5;

        [Range(1, MaxPermits)]
        public int? PerAccount { get; init; }

        [Range(1, MaxPermits)]
        public int Concurrent { get; init; } = 32;

        [Range(1, MaxPermits)]
        public int Scans { get; init; } = 8;

        [Range(1, MaxPermits)]
        public int ScansPerAccount { get; init; } = 1;

        [Range(1, MaxWaitSeconds)]
        public int WaitSeconds { get; init; } = 2;

        [Range(1, 1_024)]
        public int? MaxPageMegabytes { get; init; }
    }

    internal sealed record BulkSettings
    {
        [Range(1, MaxPermits)]
        public int? PerAccount { get; init; }

        [Range(1, MaxPermits)]
        public int Concurrent { get; init; } = 16;

        [Range(1, MaxWaitSeconds)]
        public int WaitSeconds { get; init; } = 10;
    }

    internal sealed record HistorySettings
    {
        [Range(1, 36_500)]
        public int RetentionDays { get; init; } = 400;
    }

    internal sealed record ShutdownSettings
    {
        [Range(0, 600)]
        public int? DelaySeconds { get; init; }

        [Range(1, 3_600)]
        public int TimeoutSeconds { get; init; } = 30;
    }

    internal sealed record ConnectionSettings
    {
        [Range(10, MaxRequests)]
        public int MaxConnections { get; init; } = 4_000;

        public string? PublicUrl { get; init; }
    }

    internal sealed record RateLimitSettings
    {
        public bool Enabled { get; init; } = true;

        public QuotaSettings Standard { get; init; } = new() { PerMinute = 480, PerHour = 4_800 };

        public QuotaSettings Intensive { get; init; } = new() { PerMinute = 240, PerHour = 1_200 };
    }

    internal sealed record QuotaSettings
    {
        [Range(1, MaxRequests)]
        public int PerMinute { get; init; }

        [Range(1, MaxRequests)]
        public int PerHour { get; init; }
    }

    internal sealed record ProxySettings
    {
        public string? Trusted { get; init; }
    }

    internal sealed record CorsSettings
    {
        public string? Origins { get; init; }
    }

    internal sealed record WebhookSettings
    {
        public bool AllowPrivate { get; init; }

        public string? KeyFolder { get; init; }
    }

    internal sealed record MetricsSettings
    {
        [Range(1, IPEndPoint.MaxPort)]
        public int? Port { get; init; }
    }

    internal sealed record ServerTimingSettings
    {
        public bool Enabled { get; init; }
    }

    internal sealed record SwaggerSettings
    {
        public bool Enabled { get; init; } = true;
    }
}

/// <summary>The settings of commands, beside the connection string.</summary>
internal sealed record CommandSettings
{
    public DatabaseSettings Database { get; init; } = new();

    internal record DatabaseSettings
    {
        public Pooler Pooler { get; init; }

        public bool AllowNewer { get; init; }
    }
}

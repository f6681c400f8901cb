using System.Net;
using System.Net.Sockets;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Hosting.Telemetry;
using BatchesApi.Http;
using BatchesApi.Storage;
using BatchesApi.Storage.Writes;
using BatchesApi.Webhooks;
using StackExchange.Redis;

namespace BatchesApi.Hosting;

/// <summary>The options of the server, from <see cref="ServerSettings"/>.</summary>
/// <param name="ConnectionString">How to reach PostgreSQL, or null to start the development database.</param>
/// <param name="Redis">The StackExchange.Redis configuration of the Redis that the servers share, or null.</param>
/// <param name="Storage">The storage.</param>
/// <param name="Requests">How requests are read.</param>
/// <param name="Concurrency">The limits on requests in flight.</param>
/// <param name="Shutdown">The shutdown.</param>
/// <param name="Connections">The limits on client connections.</param>
/// <param name="Limits">The rate limits.</param>
/// <param name="Address">The address of the server in links.</param>
/// <param name="Proxies">The proxies whose forwarded headers are trusted.</param>
/// <param name="Origins">The origins whose pages may call the server from a browser.</param>
/// <param name="Webhooks">How events are sent to webhooks.</param>
/// <param name="Telemetry">What is measured.</param>
/// <param name="SwaggerEnabled">Whether the OpenAPI document, Swagger UI and the pages are served.</param>
/// <param name="Notice">A warning about a setting that was lowered, or null.</param>
internal sealed record ServerOptions(
    string? ConnectionString,
    string? Redis,
    StorageOptions Storage,
    RequestOptions Requests,
    ConcurrencyOptions Concurrency,
    ShutdownOptions Shutdown,
    ClientConnectionOptions Connections,
    RateLimitOptions Limits,
    AddressOptions Address,
    IReadOnlyList<IPNetwork> Proxies,
    IReadOnlyList<string> Origins,
    WebhookOptions Webhooks,
    TelemetryOptions Telemetry,
    bool SwaggerEnabled,
    string? Notice)
{
    /// <summary>The value may contain a password and is therefore not quoted.</summary>
    private const string InvalidRedis = "not a valid StackExchange.Redis configuration. Use for example 'redis:6379,password=…'.";

    /// <summary>Length of the prefix of an IPv6 address that contains an IPv4 address.</summary>
    private const int MappedPrefixLength = 96;

    /// <param name="configuration">The configuration.</param>
    /// <param name="isDevelopment">Whether the connection string may be missing.</param>
    /// <param name="errors">Receives all errors, by the names of the settings.</param>
    public static ServerOptions Read(IConfiguration configuration, bool isDevelopment, ValidationErrors errors)
    {
        var settings = SettingsBinder.Bind<ServerSettings>(configuration, errors);
        FrameworkOptionsValidator.Check(configuration, errors);
        var database = new DatabaseOptions(settings.Database.Pooler, settings.Database.AllowNewer);
        var connectionString = ReadConnectionString(configuration, isDevelopment, database, errors);
        var redis = ReadRedis(configuration, errors);
        var address = AddressOptions.Read(configuration, settings.Server.PublicUrl, errors);
        var proxies = ReadProxies(configuration, settings.Proxies.Trusted, errors);
        var origins = ReadOrigins(settings.Cors.Origins, errors);
        var capacity = CapacityOptions.Create(
            settings, errors.HasErrors ? null : connectionString, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return new ServerOptions(
            connectionString,
            redis,
            new StorageOptions(
                database,
                ReadReplicas(configuration, database, errors),
                capacity.Connections,
                capacity.Lists,
                capacity.Scans,
                new HistoryOptions(TimeSpan.FromDays(settings.History.RetentionDays))),
            new RequestOptions(settings.Requests.Strict),
            capacity.Concurrency,
            new ShutdownOptions(
                TimeSpan.FromSeconds(settings.Shutdown.DelaySeconds ?? (isDevelopment ? 0 : 5)),
                TimeSpan.FromSeconds(settings.Shutdown.TimeoutSeconds)),
            new ClientConnectionOptions(settings.Server.MaxConnections),
            new RateLimitOptions(
                settings.RateLimits.Enabled,
                CreateQuotas("", settings.RateLimits.Standard),
                CreateQuotas("intensive-", settings.RateLimits.Intensive)),
            address,
            proxies,
            origins,
            new WebhookOptions(settings.Webhooks.AllowPrivate, ReadKeyFolder(settings.Webhooks.KeyFolder, errors)),
            TelemetryOptions.Read(configuration, settings, errors),
            settings.Swagger.Enabled,
            capacity.Notice);
    }

    /// <summary>Reads how to use the database, for commands.</summary>
    public static DatabaseOptions ReadDatabase(IConfiguration configuration, ValidationErrors errors)
    {
        var settings = SettingsBinder.Bind<CommandSettings>(configuration, errors, rejectUnknown: false).Database;
        return new DatabaseOptions(settings.Pooler, settings.AllowNewer);
    }

    /// <summary>Reads the connection string of the replicas that serve reads, or null.</summary>
    public static string? ReadReplicas(IConfiguration configuration, DatabaseOptions database, ValidationErrors errors) =>
        ReadPostgres(configuration, "ConnectionStrings:Replicas", database, errors);

    public static string? ReadConnectionString(
        IConfiguration configuration, bool isDevelopment, DatabaseOptions database, ValidationErrors errors)
    {
        const string Key = "ConnectionStrings:Batches";
        var text = ReadPostgres(configuration, Key, database, errors);
        if (text is null && !isDevelopment)
        {
            errors.Add(SettingsBinder.GetName(Key), "not set. Set it to the connection string of a PostgreSQL database, such as "
                + "'Host=db;Database=batches;Username=batches;Password=…'.");
        }
        return text;
    }

    /// <summary>Formats the errors for the operator, one per line.</summary>
    public static string Describe(ValidationErrors errors) =>
        string.Join(Environment.NewLine, errors.SelectMany(error => error.Value.Select(message => $"{error.Key}: {message}")));

    /// <summary>Reads a connection string of PostgreSQL, or null if it is not set.</summary>
    private static string? ReadPostgres(
        IConfiguration configuration, string key, DatabaseOptions database, ValidationErrors errors)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return null;
        foreach (var problem in ConnectionStrings.FindProblems(text, database))
            errors.Add(SettingsBinder.GetName(key), problem);
        return text;
    }

    private static Quota[] CreateQuotas(string prefix, ServerSettings.QuotaSettings settings) =>
    [
        new Quota($"{prefix}minute", settings.PerMinute, TimeSpan.FromMinutes(1)),
        new Quota($"{prefix}hour", settings.PerHour, TimeSpan.FromHours(1)),
    ];

    private static string? ReadRedis(IConfiguration configuration, ValidationErrors errors)
    {
        const string Key = "ConnectionStrings:Redis";
        var text = configuration[Key];
        if (string.IsNullOrWhiteSpace(text))
            return null;
        try
        {
            var hosts = ConfigurationOptions.Parse(text).EndPoints;
            if (hosts.Count == 0)
                errors.Add(SettingsBinder.GetName(Key), "no host given.");

            // The parser takes a redis:// address for a host.
            else if (hosts.OfType<DnsEndPoint>().Any(host => Uri.CheckHostName(host.Host) == UriHostNameType.Unknown))
                errors.Add(SettingsBinder.GetName(Key), InvalidRedis);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            errors.Add(SettingsBinder.GetName(Key), InvalidRedis);
        }
        return text;
    }

    private static List<IPNetwork> ReadProxies(IConfiguration configuration, string? trusted, ValidationErrors errors)
    {
        // ASP.NET Core's own switch trusts every client.
        if (string.Equals(configuration["ForwardedHeaders_Enabled"], "true", StringComparison.OrdinalIgnoreCase))
        {
            errors.Add("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "not allowed: it lets every client claim any address. "
                + "Set Proxies__Trusted to the addresses of your proxies instead.");
        }

        var networks = new List<IPNetwork>();
        foreach (var text in SplitList(trusted))
        {
            if (ParseNetwork(text) is { } network)
                networks.Add(network);
            else
                errors.Add("Proxies__Trusted", $"invalid proxy '{text}'. Use an address such as 10.0.0.5 or a network such as 10.0.0.0/8.");
        }
        return networks;
    }

    private static IPNetwork? ParseNetwork(string text)
    {
        var first = text.Split('/')[0];
        if (!IPAddress.TryParse(first, out var address))
            return null;

        // .NET parses addresses like C: 10.8 is 10.0.0.8, and 010.0.0.5 is 8.0.0.5.
        if (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != first)
            return null;
        if (!IPNetwork.TryParse(first == text ? $"{text}/{address.GetAddressBytes().Length * 8}" : text, out var network))
            return null;

        // A peer is compared by its IPv4 address, even if the setting has the IPv6 form.
        return network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefixLength
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefixLength)
            : network;
    }

    /// <summary>Reads the folder of the keys that encrypt secrets. A folder that is created now could be one that is not shared, and not
    /// kept.</summary>
    private static string? ReadKeyFolder(string? folder, ValidationErrors errors)
    {
        if (string.IsNullOrWhiteSpace(folder))
            return null;
        if (!Directory.Exists(folder))
            errors.Add("Webhooks__KeyFolder", $"there is no folder '{folder}'. Create it, so that the server can write to it.");
        else if (!IsWritable(folder))
            errors.Add("Webhooks__KeyFolder", $"the server cannot write to the folder '{folder}'.");
        return folder;
    }

    private static bool IsWritable(string folder)
    {
        try
        {
            var probe = Path.Combine(folder, $".probe-{Guid.NewGuid():N}");
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static List<string> ReadOrigins(string? list, ValidationErrors errors)
    {
        var origins = SplitList(list).ToList();
        foreach (var text in origins)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var origin)
                || origin.Scheme is not ("http" or "https")
                || origin.GetComponents(UriComponents.SchemeAndServer, UriFormat.SafeUnescaped) != text)
            {
                errors.Add("Cors__Origins", $"invalid origin '{text}'. Use for example https://crm.example.com, without a path.");
            }
        }
        return origins;
    }

    private static string[] SplitList(string? list) =>
        list?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}

/// <param name="Delay">How long to keep serving after SIGTERM while <c>/health/ready</c> returns 503, so load balancers can stop routing
/// here.</param>
/// <param name="Timeout">How long requests may then take to finish.</param>
internal sealed record ShutdownOptions(TimeSpan Delay, TimeSpan Timeout)
{
    private static readonly TimeSpan MaxDrainDelay = TimeSpan.FromSeconds(1);

    /// <summary>The last part of the delay, in which no connections are accepted and open ones are still served.</summary>
    public TimeSpan DrainDelay => Delay / 2 < MaxDrainDelay ? Delay / 2 : MaxDrainDelay;
}

/// <summary>The limits on client connections.</summary>
/// <param name="Max">Maximum number of open connections.</param>
internal sealed record ClientConnectionOptions(int Max)
{
    /// <summary>How long a new connection may stay silent.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Maximum number of connections from one address that is not a trusted proxy.</summary>
    public int MaxPerAddress => Max / 2;
}

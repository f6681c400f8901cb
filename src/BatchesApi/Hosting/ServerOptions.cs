using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BatchesApi.Access.RateLimiting;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage;
using BatchesApi.Storage.Writes;
using StackExchange.Redis;

namespace BatchesApi.Hosting;

/// <summary>The settings of the server, read once at the start.</summary>
/// <param name="ConnectionString">How to reach PostgreSQL; null where development's own is to be started.</param>
/// <param name="Database">How the database is used.</param>
/// <param name="Requests">How requests are read.</param>
/// <param name="Capacity">How much of the server requests may take at the same time.</param>
/// <param name="History">How long the history of batches is kept.</param>
/// <param name="Shutdown">How the server ends.</param>
/// <param name="Connections">How many connections clients may open.</param>
/// <param name="Limits">How many requests are served.</param>
/// <param name="Proxies">The proxies that are believed about whom they speak for.</param>
/// <param name="Origins">The web pages, by origin, whose scripts may call from a browser.</param>
/// <param name="SwaggerEnabled">Whether the OpenAPI document and Swagger UI are served.</param>
internal sealed record ServerOptions(
    string? ConnectionString,
    DatabaseOptions Database,
    RequestOptions Requests,
    CapacityOptions Capacity,
    HistoryOptions History,
    ShutdownOptions Shutdown,
    ClientConnectionOptions Connections,
    RateLimitOptions Limits,
    IReadOnlyList<IPNetwork> Proxies,
    IReadOnlyList<string> Origins,
    bool SwaggerEnabled)
{
    private const int MaxRequests = 1_000_000;

    /// <summary>What is wrong with another text; it may hold a password, and so is not told.</summary>
    private const string InvalidRedis = "is no configuration of StackExchange.Redis, such as 'redis:6379,password=…'.";

    /// <summary>Bits of an IPv6 address in front of the IPv4 address that it stands for.</summary>
    private const int MappedPrefixLength = 96;

    private static readonly Dictionary<string, string[]> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Database"] = ["Pooler", "AllowNewer", "ConnectionsPerAccount", "WaitSeconds"],
        ["Requests"] = ["Strict", "BodyMegabytes"],
        ["Lists"] = ["TimeoutSeconds", "PerAccount", "Concurrent", "Scans", "ScansPerAccount", "WaitSeconds", "MaxPageMegabytes"],
        ["Bulk"] = ["PerAccount", "Concurrent", "WaitSeconds"],
        ["History"] = ["RetentionDays"],
        ["Shutdown"] = ["DelaySeconds", "TimeoutSeconds"],
        ["Server"] = ["MaxConnections"],
        ["RateLimits"] = ["Enabled", "Standard", "Intensive"],
        ["RateLimits:Standard"] = ["PerMinute", "PerHour"],
        ["RateLimits:Intensive"] = ["PerMinute", "PerHour"],
        ["Proxies"] = ["Trusted"],
        ["Cors"] = ["Origins"],
        ["Swagger"] = ["Enabled"],
    };

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they are set.</param>
    /// <param name="isDevelopment">Whether a private PostgreSQL may stand in for a missing connection string.</param>
    /// <param name="errors">Gets everything that is wrong, under the settings' names.</param>
    public static ServerOptions Read(IConfiguration configuration, bool isDevelopment, ValidationErrors errors)
    {
        foreach (var (section, names) in Known)
        {
            foreach (var setting in configuration.GetSection(section).GetChildren().Where(s => !names.Contains(s.Key, StringComparer.OrdinalIgnoreCase)))
                errors.Add(Name(setting.Path), $"is not a setting.{Suggestion.For(setting.Key, names)}");
        }

        FrameworkOptionsValidator.Check(configuration, errors);
        var database = ReadDatabase(configuration, errors);
        var connectionString = ReadConnectionString(configuration, isDevelopment, database, errors);
        return new ServerOptions(
            connectionString,
            database,
            new RequestOptions(Strict: Switch(configuration, "Requests:Strict", errors)),
            CapacityOptions.Read(configuration, errors.HasErrors ? null : connectionString, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, errors),
            new HistoryOptions(Retention: TimeSpan.FromDays(Number(configuration, "History:RetentionDays", 1, 36_500, defaultValue: 400, errors))),
            new ShutdownOptions(
                Delay: TimeSpan.FromSeconds(Number(configuration, "Shutdown:DelaySeconds", 0, 600, defaultValue: isDevelopment ? 0 : 5, errors)),
                Timeout: TimeSpan.FromSeconds(Number(configuration, "Shutdown:TimeoutSeconds", 1, 3_600, defaultValue: 30, errors))),
            new ClientConnectionOptions(Max: Number(configuration, "Server:MaxConnections", 10, MaxRequests, defaultValue: ClientConnectionOptions.DefaultMax, errors)),
            new RateLimitOptions(
                Switch(configuration, "RateLimits:Enabled", errors),
                [
                    new Quota("minute", Number(configuration, "RateLimits:Standard:PerMinute", 1, MaxRequests, defaultValue: 480, errors), TimeSpan.FromMinutes(1)),
                    new Quota("hour", Number(configuration, "RateLimits:Standard:PerHour", 1, MaxRequests, defaultValue: 4_800, errors), TimeSpan.FromHours(1)),
                ],
                [
                    new Quota(
                        "intensive-minute",
                        Number(configuration, "RateLimits:Intensive:PerMinute", 1, MaxRequests, defaultValue: 240, errors),
                        TimeSpan.FromMinutes(1)),
                    new Quota(
                        "intensive-hour", Number(configuration, "RateLimits:Intensive:PerHour", 1, MaxRequests, defaultValue: 1_200, errors), TimeSpan.FromHours(1)),
                ],
                ReadRedis(configuration, errors)),
            ReadProxies(configuration, errors),
            ReadOrigins(configuration, errors),
            Switch(configuration, "Swagger:Enabled", errors));
    }

    /// <summary>How the database is used, alone, for verbs that work on the database only.</summary>
    public static DatabaseOptions ReadDatabase(IConfiguration configuration, ValidationErrors errors)
    {
        const string Key = "Database:Pooler";
        var text = configuration[Key];
        var pooler = text?.Trim().ToLowerInvariant() switch
        {
            null or "" or "none" => Pooler.None,
            "transaction" => Pooler.Transaction,
            _ => (Pooler?)null,
        };
        if (pooler is null)
            errors.Add(Name(Key), $"is '{text}', but must be none or transaction.");
        return new DatabaseOptions(pooler ?? Pooler.None, Switch(configuration, "Database:AllowNewer", errors, defaultValue: false));
    }

    /// <summary>The connection string alone, for verbs that work on the database only.</summary>
    public static string? ReadConnectionString(IConfiguration configuration, bool isDevelopment, DatabaseOptions database, ValidationErrors errors)
    {
        const string Key = "ConnectionStrings:Batches";
        var text = configuration[Key];
        if (string.IsNullOrWhiteSpace(text))
        {
            if (!isDevelopment)
            {
                errors.Add(Name(Key), "is not set. Set it to the connection string of a PostgreSQL database, such as "
                    + "'Host=db;Database=batches;Username=batches;Password=…'.");
            }
            return null;
        }

        foreach (var problem in ConnectionStrings.FindProblems(text, database))
            errors.Add(Name(Key), problem);
        return text;
    }

    /// <summary>The faults as lines for the operator.</summary>
    public static string Describe(ValidationErrors errors) => string.Join(
        Environment.NewLine, errors.SelectMany(error => error.Value.Select(message => $"The setting {error.Key} {message}")));

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
                errors.Add(Name(Key), "names no host.");

            // A redis:// address too is a host in its eyes.
            else if (hosts.OfType<DnsEndPoint>().Any(host => Uri.CheckHostName(host.Host) == UriHostNameType.Unknown))
                errors.Add(Name(Key), InvalidRedis);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            errors.Add(Name(Key), InvalidRedis);
        }
        return text;
    }

    private static List<IPNetwork> ReadProxies(IConfiguration configuration, ValidationErrors errors)
    {
        // ASP.NET Core's own switch believes whoever connects.
        if (string.Equals(configuration["ForwardedHeaders_Enabled"], "true", StringComparison.OrdinalIgnoreCase))
            errors.Add("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "lets every client claim any address. Set Proxies__Trusted to the addresses of your proxies instead.");

        var networks = new List<IPNetwork>();
        foreach (var text in SplitList(configuration["Proxies:Trusted"]))
        {
            if (ParseNetwork(text) is { } network)
                networks.Add(network);
            else
                errors.Add("Proxies__Trusted", $"has '{text}', but a proxy is an address such as 10.0.0.5 or a network such as 10.0.0.0/8.");
        }
        return networks;
    }

    private static IPNetwork? ParseNetwork(string text)
    {
        var first = text.Split('/')[0];
        if (!IPAddress.TryParse(first, out var address))
            return null;

        // .NET reads as C does: 10.8 would be 10.0.0.8, and 010.0.0.5 be 8.0.0.5.
        if (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != first)
            return null;
        if (!IPNetwork.TryParse(first == text ? $"{text}/{address.GetAddressBytes().Length * 8}" : text, out var network))
            return null;

        // IPv4 addresses written as IPv6 ones are what they are; peers are known by their own address.
        return network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefixLength
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefixLength)
            : network;
    }

    private static List<string> ReadOrigins(IConfiguration configuration, ValidationErrors errors)
    {
        var origins = SplitList(configuration["Cors:Origins"]).ToList();
        foreach (var text in origins)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var origin) || origin.Scheme is not ("http" or "https") || origin.GetComponents(UriComponents.SchemeAndServer, UriFormat.SafeUnescaped) != text)
                errors.Add("Cors__Origins", $"has '{text}', but an origin is like https://crm.example.com, without a path.");
        }
        return origins;
    }

    private static string[] SplitList(string? list) => list?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static bool Switch(IConfiguration configuration, string key, ValidationErrors errors, bool defaultValue = true)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return defaultValue;
        if (!bool.TryParse(text, out var value))
            errors.Add(Name(key), $"is '{text}', but must be true or false.");
        return value;
    }

    /// <summary>Reads a whole number.</summary>
    internal static int Number(IConfiguration configuration, string key, int min, int max, int defaultValue, ValidationErrors errors)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return defaultValue;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        errors.Add(Name(key), string.Create(CultureInfo.InvariantCulture, $"is '{text}', but must be a whole number from {min} to {max}."));
        return defaultValue;
    }

    /// <summary>The name as environment variables spell it.</summary>
    internal static string Name(string key) => key.Replace(":", "__", StringComparison.Ordinal);
}

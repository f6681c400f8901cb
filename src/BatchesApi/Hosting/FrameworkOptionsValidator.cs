using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>Validates settings that ASP.NET Core reads. It misreads some invalid values (a port <c>abc</c> as 80), and reports the others
/// late, one at a time and with a stack trace.</summary>
internal static class FrameworkOptionsValidator
{
    private const string DefaultAddress = "http://localhost:5000";

    private static readonly string[] Formatters = ["simple", "json", "systemd"];

    /// <summary>Validates the addresses and the log settings.</summary>
    public static void Check(IConfiguration configuration, ValidationErrors errors)
    {
        CheckAddresses(configuration, errors);
        CheckLogging(configuration.GetSection("Logging"), errors);
    }

    /// <summary>Validates the addresses to listen on.</summary>
    public static void CheckAddresses(IConfiguration configuration, ValidationErrors errors)
    {
        foreach (var url in Split(configuration["urls"]))
            CheckAddress("urls", url, errors);
        foreach (var key in (string[])["http_ports", "https_ports"])
        {
            foreach (var text in Split(configuration[key]))
            {
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort)
                    continue;
                errors.Add($"ASPNETCORE_{key.ToUpperInvariant()}", $"invalid port '{text}' (0–{IPEndPoint.MaxPort}).");
            }
        }
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            var name = SettingsBinder.GetName($"{endpoint.Path}:Url");
            if (endpoint["Url"] is { Length: > 0 } url)
                CheckAddress(name, url, errors);
            else
                errors.Add(name, "not set. Set it to an address such as http://localhost:5000.");
        }
    }

    /// <summary>The valid addresses on which the server listens.</summary>
    public static IReadOnlyList<BindingAddress> GetAddresses(IConfiguration configuration)
    {
        string[] urls = [.. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "")];
        if (urls.Length == 0)
            urls = Split(configuration["urls"]);
        if (urls.Length == 0)
        {
            urls =
            [
                .. Split(configuration["http_ports"]).Select(port => $"http://*:{port}"),
                .. Split(configuration["https_ports"]).Select(port => $"https://*:{port}"),
            ];
        }
        return [.. urls.DefaultIfEmpty(DefaultAddress).Where(url => FindError(url) is null).Select(BindingAddress.Parse)];
    }

    private static void CheckAddress(string name, string url, ValidationErrors errors)
    {
        if (FindError(url) is { } error)
            errors.Add(name, error);
    }

    private static string? FindError(string url)
    {
        var malformed = $"invalid address '{url}'. Use for example http://localhost:5000.";
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe)
                return FindSocketError(url, address.UnixPipePath);
            if (address.Port is < 0 or > IPEndPoint.MaxPort)
                return $"invalid port in '{url}' (0–{IPEndPoint.MaxPort}).";
            if (address.Port == 0 && address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            {
                return $"port 0 is not supported in '{url}', because localhost is two addresses. "
                    + "For any free port, use http://127.0.0.1:0.";
            }
            return IsAddress(address) ? null : malformed;
        }
        catch (FormatException)
        {
            return malformed;
        }
    }

    /// <summary>Whether Kestrel would listen on this address. It reads an invalid host, such as <c>*:abc</c>, as all addresses.</summary>
    private static bool IsAddress(BindingAddress address) =>
        address.Scheme is "http" or "https"
        && address.PathBase.Length == 0
        && (!address.Host.Contains(':', StringComparison.Ordinal) || address.Host.StartsWith('['));

    private static string? FindSocketError(string url, string path)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return Directory.Exists(Path.GetDirectoryName(path)) ? null : $"the folder of the socket in '{url}' does not exist.";
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"the path of the socket in '{url}' is too long. Use at most about 100 characters.";
        }
    }

    private static void CheckLogging(IConfigurationSection logging, ValidationErrors errors)
    {
        foreach (var provider in logging.GetChildren().Prepend(logging))
        {
            foreach (var level in provider.GetSection("LogLevel").GetChildren())
            {
                if (level.Value is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _))
                    errors.Add(SettingsBinder.GetName(level.Path), OneOf(text, Enum.GetNames<LogLevel>()));
            }
        }
        var formatter = logging.GetSection("Console:FormatterName");
        if (formatter.Value is { } name && !Formatters.Contains(name, StringComparer.OrdinalIgnoreCase))
            errors.Add(SettingsBinder.GetName(formatter.Path), OneOf(name, Formatters));
        CheckFormatter(logging.GetSection("Console:FormatterOptions"), errors);
    }

    private static void CheckFormatter(IConfigurationSection options, ValidationErrors errors)
    {
        foreach (var setting in (string[])["IncludeScopes", "SingleLine", "UseUtcTimestamp"])
        {
            if (options[setting] is { Length: > 0 } text && !bool.TryParse(text, out _))
                errors.Add(SettingsBinder.GetName($"{options.Path}:{setting}"), OneOf(text, ["true", "false"]));
        }
        if (options["TimestampFormat"] is { Length: > 0 } format && !IsDateFormat(format))
        {
            errors.Add(
                SettingsBinder.GetName($"{options.Path}:TimestampFormat"),
                $"invalid format '{format}'. Use for example 'yyyy-MM-dd HH:mm:ss.fff '.");
        }
    }

    private static bool IsDateFormat(string format)
    {
        try
        {
            _ = DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string OneOf(string text, string[] allowed) => $"'{text}' is not valid; use one of {string.Join(", ", allowed)}.";

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BatchesApi.Domain;

namespace BatchesApi.Hosting;

/// <summary>Checks settings that ASP.NET Core reads itself. It takes some wrong values for others (a port <c>abc</c> for 80), and reports the rest
/// late, one at a time and with a stack trace.</summary>
internal static class FrameworkOptionsValidator
{
    private static readonly string[] Formatters = ["simple", "json", "systemd"];

    /// <summary>Checks all of them.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="errors">Receives the errors, by the names of the settings.</param>
    public static void Check(IConfiguration configuration, ValidationErrors errors)
    {
        CheckAddresses(configuration, errors);
        CheckLogging(configuration.GetSection("Logging"), errors);
    }

    /// <summary>Checks the addresses to listen on.</summary>
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
                var name = $"ASPNETCORE_{key.ToUpperInvariant()}";
                errors.Add(name, $"has '{text}', but a port is a number from 0 to {IPEndPoint.MaxPort}.");
            }
        }
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            var name = ServerOptions.Name($"{endpoint.Path}:Url");
            if (endpoint["Url"] is { Length: > 0 } url)
                CheckAddress(name, url, errors);
            else
                errors.Add(name, "is not set. Set it to an address such as http://localhost:5000.");
        }
    }

    private static void CheckAddress(string name, string url, ValidationErrors errors)
    {
        if (FindError(url) is { } error)
            errors.Add(name, $"has '{url}', {error}");
    }

    private static string? FindError(string url)
    {
        const string Malformed = "but an address is like http://localhost:5000.";
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe)
                return FindSocketError(address.UnixPipePath);
            if (address.Port is < 0 or > IPEndPoint.MaxPort)
                return $"whose port is none: it must be 0 to {IPEndPoint.MaxPort}.";
            if (address.Port == 0 && address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
                return "but localhost is two addresses. To get any free port, use http://127.0.0.1:0.";
            return IsAddress(address) ? null : Malformed;
        }
        catch (FormatException)
        {
            return Malformed;
        }
    }

    /// <summary>Whether Kestrel listens where the text says. It takes a host that it does not know, such as <c>*:abc</c>, for all addresses.</summary>
    private static bool IsAddress(BindingAddress address) =>
        address.Scheme is "http" or "https"
        && address.PathBase.Length == 0
        && (!address.Host.Contains(':', StringComparison.Ordinal) || address.Host.StartsWith('['));

    private static string? FindSocketError(string path)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return Directory.Exists(Path.GetDirectoryName(path)) ? null : "but the folder of that socket does not exist.";
        }
        catch (ArgumentOutOfRangeException)
        {
            return "but the path of a socket has at most about 100 characters.";
        }
    }

    private static void CheckLogging(IConfigurationSection logging, ValidationErrors errors)
    {
        foreach (var provider in logging.GetChildren().Prepend(logging))
        {
            foreach (var level in provider.GetSection("LogLevel").GetChildren())
            {
                if (level.Value is { Length: > 0 } text && !Enum.TryParse<LogLevel>(text, ignoreCase: true, out _))
                    errors.Add(ServerOptions.Name(level.Path), OneOf(text, Enum.GetNames<LogLevel>()));
            }
        }
        var formatter = logging.GetSection("Console:FormatterName");
        if (formatter.Value is { } name && !Formatters.Contains(name, StringComparer.OrdinalIgnoreCase))
            errors.Add(ServerOptions.Name(formatter.Path), OneOf(name, Formatters));
    }

    private static string OneOf(string text, string[] allowed) => $"is '{text}', but must be one of {string.Join(", ", allowed)}.";

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}

using System.Globalization;
using System.Net;
using BatchesApi.Querying;
using BatchesApi.Requests;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>The settings of the server, read once at the start.</summary>
/// <param name="ConnectionString">How to reach PostgreSQL; null where development's own is to be started.</param>
/// <param name="Requests">How requests are read.</param>
/// <param name="Lists">What lists may take.</param>
/// <param name="SwaggerEnabled">Whether the OpenAPI document and Swagger UI are served.</param>
internal sealed record Settings(string? ConnectionString, RequestSettings Requests, ListSettings Lists, bool SwaggerEnabled)
{
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Requests"] = ["Strict"],
        ["Lists"] = ["TimeoutSeconds"],
        ["Swagger"] = ["Enabled"],
    };

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they are set.</param>
    /// <param name="isDevelopment">Whether a private PostgreSQL may stand in for a missing connection string.</param>
    /// <param name="faults">Gets everything that is wrong, under the settings' names.</param>
    public static Settings Read(IConfiguration configuration, bool isDevelopment, Faults faults)
    {
        foreach (var (section, names) in Known)
        {
            foreach (var setting in configuration.GetSection(section).GetChildren().Where(s => !names.Contains(s.Key, StringComparer.OrdinalIgnoreCase)))
                faults.Add(Name(setting.Path), $"is not a setting.{Suggestion.For(setting.Key, names)}");
        }

        CheckAddresses(configuration, faults);
        return new Settings(
            ConnectionStringIn(configuration, isDevelopment, faults),
            new RequestSettings(Strict: Switch(configuration, "Requests:Strict", faults)),
            new ListSettings(Timeout: TimeSpan.FromSeconds(Number(configuration, "Lists:TimeoutSeconds", 1, 3_600, whenAbsent: 5, faults))),
            Switch(configuration, "Swagger:Enabled", faults));
    }

    /// <summary>Holds what is said of where to listen against the form of such addresses.</summary>
    public static void CheckAddresses(IConfiguration configuration, Faults faults)
    {
        foreach (var url in configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            try
            {
                if (BindingAddress.Parse(url).Port is < 0 or > IPEndPoint.MaxPort)
                    faults.Add("urls", $"has '{url}', whose port is none: it must be 0 to {IPEndPoint.MaxPort}.");
            }
            catch (FormatException)
            {
                faults.Add("urls", $"has '{url}', but an address is like http://localhost:5000.");
            }
        }
    }

    /// <summary>The connection string alone, for verbs that work on the database only.</summary>
    public static string? ConnectionStringIn(IConfiguration configuration, bool isDevelopment, Faults faults)
    {
        const string Key = "ConnectionStrings:Batches";
        var text = configuration[Key];
        if (string.IsNullOrWhiteSpace(text))
        {
            if (!isDevelopment)
            {
                faults.Add(Name(Key), "is not set. Set it to the connection string of a PostgreSQL database, such as "
                    + "'Host=db;Database=batches;Username=batches;Password=…'.");
            }
            return null;
        }

        try
        {
            var settings = new NpgsqlConnectionStringBuilder(text);
            if (settings.Port is < 1 or > IPEndPoint.MaxPort)
                faults.Add(Name(Key), $"has a Port that is none: it must be 1 to {IPEndPoint.MaxPort}.");
            if (string.IsNullOrEmpty(settings.Host))
                faults.Add(Name(Key), "names no Host.");
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text may hold a password, and what Npgsql takes for a keyword may be the rest of one that has a semicolon in it.
            faults.Add(Name(Key), fault is ArgumentException { ParamName: { } keyword } && new NpgsqlConnectionStringBuilder().ContainsKey(keyword)
                ? $"gives '{keyword}' a value that it cannot have."
                : "is no connection string: a keyword in it is not known, or a value with a semicolon or a quote in it is not quoted itself.");
        }
        return text;
    }

    /// <summary>The faults as lines for the operator.</summary>
    public static string Describe(Faults faults) => string.Join(
        Environment.NewLine, faults.SelectMany(fault => fault.Value.Select(message => $"The setting {fault.Key} {message}")));

    private static bool Switch(IConfiguration configuration, string key, Faults faults)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return true;
        if (!bool.TryParse(text, out var value))
            faults.Add(Name(key), $"is '{text}', but must be true or false.");
        return value;
    }

    private static int Number(IConfiguration configuration, string key, int least, int most, int whenAbsent, Faults faults)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return whenAbsent;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        faults.Add(Name(key), string.Create(CultureInfo.InvariantCulture, $"is '{text}', but must be a whole number from {least} to {most}."));
        return whenAbsent;
    }

    /// <summary>The name as environment variables spell it.</summary>
    private static string Name(string key) => key.Replace(":", "__", StringComparison.Ordinal);
}

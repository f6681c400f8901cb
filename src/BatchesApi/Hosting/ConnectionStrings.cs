using System.Globalization;
using System.Net;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>Validates the connection string of the database, so that an invalid one is a startup error and not an exception
/// later.</summary>
internal static class ConnectionStrings
{
    /// <summary>Finds the errors in a connection string. They never quote it, because it may contain a password.</summary>
    public static IEnumerable<string> FindProblems(string text, DatabaseOptions database)
    {
        NpgsqlConnectionStringBuilder options;
        try
        {
            options = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // A keyword that Npgsql does not know is not quoted either: it may be part of a password with a semicolon.
            return [exception is ArgumentException { ParamName: { } keyword } && new NpgsqlConnectionStringBuilder().ContainsKey(keyword)
                ? $"invalid value for '{keyword}'."
                : "not a valid connection string: unknown keyword, or unquoted value containing ; or a quote."];
        }

        string[] problems = [.. HostProblems(options), .. KeywordProblems(options, database)];
        return problems.Length > 0 ? problems : CombinationProblems(text, database);
    }

    private static IEnumerable<string> HostProblems(NpgsqlConnectionStringBuilder options)
    {
        if (options.Port is < 1 or > IPEndPoint.MaxPort)
            yield return $"invalid Port (1–{IPEndPoint.MaxPort}).";
        if (string.IsNullOrWhiteSpace(options.Host))
        {
            yield return "Host is missing.";
            yield break;
        }

        var hosts = options.Host.Split(',', StringSplitOptions.TrimEntries);
        if (hosts.Any(string.IsNullOrEmpty))
            yield return "empty host name in Host.";
        if (!hosts.All(HasValidPort))
            yield return $"invalid port in Host (1–{IPEndPoint.MaxPort}).";
        if (hosts.Length == 1 && options.TargetSessionAttributes is { } wanted && !wanted.Equals("any", StringComparison.OrdinalIgnoreCase))
        {
            yield return "Target Session Attributes requires several hosts, as in 'Host=a,b'. "
                + "Remove it: the server finds the primary itself.";
        }
    }

    private static IEnumerable<string> KeywordProblems(NpgsqlConnectionStringBuilder options, DatabaseOptions database)
    {
        if (options.Multiplexing)
        {
            yield return "Multiplexing=true is not supported, because the server changes settings of its connections and monitors "
                + "PostgreSQL on one of them. Remove it.";
        }
        if (database.Pooler != Pooler.Transaction)
            yield break;
        if (options.MaxAutoPrepare > 0)
        {
            yield return "Max Auto Prepare above 0 is not supported with Database__Pooler=transaction: other sessions would not have the "
                + "prepared statements. Remove it.";
        }
        if (options.ShouldSerialize("No Reset On Close") && !options.NoResetOnClose)
        {
            yield return "No Reset On Close=false is not supported with Database__Pooler=transaction: it would reset sessions of other "
                + "clients. Remove it.";
        }
    }

    /// <summary>Whether a host has no port or a valid one. A colon in a path or in an unbracketed IPv6 address does not start a
    /// port.</summary>
    private static bool HasValidPort(string host)
    {
        var end = host.LastIndexOf(':');
        if (end < 0 || host.StartsWith('/') || host.StartsWith('@') || (host.IndexOf(':') != end && !host[..end].EndsWith(']')))
            return true;
        return int.TryParse(host[(end + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= 1 and <= IPEndPoint.MaxPort;
    }

    /// <summary>Finds conflicts between keywords that Npgsql detects when it builds a data source. It does not connect for that.</summary>
    private static string[] CombinationProblems(string text, DatabaseOptions database)
    {
        try
        {
            StorageServices.CreateSource(text, database, patient: false).Dispose();
            return [];
        }
        catch (Exception exception) when (
            exception is ArgumentException or NotSupportedException or FormatException or InvalidOperationException)
        {
            return [$"conflicting keywords: {exception.Message.TrimEnd('.')}."];
        }
    }
}

using System.Globalization;
using System.Net;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Hosting;

/// <summary>Checks the connection string of the database, so that a wrong one is a setting error at the start and not an exception later.</summary>
internal static class ConnectionStrings
{
    /// <summary>Finds what is wrong with a connection string. It may hold a password, and so is not quoted.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="database">How the database is used.</param>
    public static IEnumerable<string> FindProblems(string text, DatabaseOptions database)
    {
        NpgsqlConnectionStringBuilder options;
        try
        {
            options = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // What Npgsql takes for a keyword may be the rest of a password that has a semicolon in it.
            return [exception is ArgumentException { ParamName: { } keyword } && new NpgsqlConnectionStringBuilder().ContainsKey(keyword)
                ? $"gives '{keyword}' a value that it cannot have."
                : "is no connection string: a keyword in it is not known, or a value with a semicolon or a quote in it is not quoted itself."];
        }

        string[] problems = [.. HostProblems(options), .. KeywordProblems(options, database)];
        return problems.Length > 0 ? problems : CombinationProblems(text, database);
    }

    private static IEnumerable<string> HostProblems(NpgsqlConnectionStringBuilder options)
    {
        if (options.Port is < 1 or > IPEndPoint.MaxPort)
            yield return $"has a Port that is none: it must be 1 to {IPEndPoint.MaxPort}.";
        if (string.IsNullOrWhiteSpace(options.Host))
        {
            yield return "names no Host.";
            yield break;
        }

        var hosts = options.Host.Split(',', StringSplitOptions.TrimEntries);
        if (hosts.Any(string.IsNullOrEmpty))
            yield return "has a comma in Host without a host on either side.";
        if (!hosts.All(HasPort))
            yield return $"names a host whose port is none: it must be 1 to {IPEndPoint.MaxPort}.";
        if (hosts.Length == 1 && options.TargetSessionAttributes is { } wanted && !wanted.Equals("any", StringComparison.OrdinalIgnoreCase))
            yield return "sets Target Session Attributes, which needs several hosts, as in 'Host=a,b'. Leave it out: the server asks for the primary itself.";
    }

    private static IEnumerable<string> KeywordProblems(NpgsqlConnectionStringBuilder options, DatabaseOptions database)
    {
        if (options.Multiplexing)
        {
            yield return "sets Multiplexing=true, which the server cannot work with: its connections have settings of their own, and it waits on one of them "
                + "to notice when PostgreSQL goes away. Leave it out.";
        }
        if (database.Pooler != Pooler.Transaction)
            yield break;
        if (options.MaxAutoPrepare > 0)
        {
            yield return "sets Max Auto Prepare above 0, but with Database__Pooler=transaction a prepared statement would be sent to sessions that do not "
                + "have it. Leave it out.";
        }
        if (options.ShouldSerialize("No Reset On Close") && !options.NoResetOnClose)
        {
            yield return "sets No Reset On Close=false, but with Database__Pooler=transaction that would reset sessions that other clients use. Leave it out.";
        }
    }

    /// <summary>Whether a host names no port, or a possible one. A colon in a path or an IPv6 address begins none.</summary>
    private static bool HasPort(string host)
    {
        var end = host.LastIndexOf(':');
        if (end < 0 || host.StartsWith('/') || host.StartsWith('@') || (host.IndexOf(':') != end && !host[..end].EndsWith(']')))
            return true;
        return int.TryParse(host[(end + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= IPEndPoint.MaxPort;
    }

    /// <summary>What Npgsql itself finds wrong when it puts the keywords together. It does not connect for that.</summary>
    private static string[] CombinationProblems(string text, DatabaseOptions database)
    {
        try
        {
            StorageServices.CreateSource(text, database, patient: false).Dispose();
            return [];
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or FormatException or InvalidOperationException)
        {
            return [$"has keywords that do not go together: {exception.Message.TrimEnd('.')}."];
        }
    }
}

using MysticMind.PostgresEmbed;

namespace BatchesApi.DevServer;

/// <summary>Downloads PostgreSQL for machines that have none.</summary>
internal static class PostgresDownload
{
    /// <summary>The major version, of which the newest release is downloaded.</summary>
    private const string Version = "17";

    /// <summary>Maximum time until the server responds. The download itself may take longer.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Returns the <c>bin</c> folders of earlier downloads, newest version first.</summary>
    public static IEnumerable<string> FindDownloaded(string folder) => PostgresLocator.NewestFirst(folder, "postgres-*", "bin");

    /// <summary>Downloads the programs from a Maven repository into an existing folder.</summary>
    /// <returns>The folder of the programs.</returns>
    /// <exception cref="PostgresUnavailableException">The download failed; after at most about 15 seconds if the server does not
    /// respond.</exception>
    public static async Task<string> DownloadAsync(string folder, string source, CancellationToken cancellationToken)
    {
        // The package also starts servers, but not as root and not on persistent data. Only its download is used.
        using var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout };
        using var client = new HttpClient(handler) { Timeout = ConnectTimeout };
        try
        {
            await using var server = new PgServer(new PgServerOptions
            {
                PgVersion = Version,
                DbDir = folder,
                BinariesDir = folder,
                MavenRepo = source,
                DownloadRetryCount = 1,
                HttpClient = client,
            });
            await server.InstallAsync(cancellationToken);
            await OpenToAllAsync(server.InstallDir, cancellationToken);
            return server.PgBinDir;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PostgresUnavailableException(DescribeAlternatives(exception.InnerException?.Message ?? exception.Message), exception);
        }
    }

    /// <summary>Lets all users run the programs, regardless of the umask: root downloads them and another user runs them.</summary>
    private static async Task OpenToAllAsync(string folder, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
            await ProcessRunner.RunAsync(["chmod", "-R", "a+rX", folder], cancellationToken);
    }

    private static string DescribeAlternatives(string reason)
    {
        var install = OperatingSystem.IsWindows() ? "winget install PostgreSQL.PostgreSQL.17"
            : OperatingSystem.IsMacOS() ? "brew install postgresql@17"
            : "apt install postgresql";
        return $"""
            No PostgreSQL {PostgresBinaries.MinMajor} or newer was found on this machine, and the download failed:
            {reason}
            Do one of these:
              * install PostgreSQL {PostgresBinaries.MinMajor} or newer, for example with: {install}
              * set ConnectionStrings__Batches to an existing PostgreSQL
              * start the server and its database in containers: docker compose up
            """;
    }
}

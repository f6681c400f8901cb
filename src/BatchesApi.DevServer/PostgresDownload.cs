using MysticMind.PostgresEmbed;

namespace BatchesApi.DevServer;

/// <summary>PostgreSQL's programs from the internet, for machines that have none.</summary>
internal static class PostgresDownload
{
    /// <summary>The version to download: the newest release of this major.</summary>
    private const string Version = "17";

    /// <summary>How long a server may take to answer. The download itself may take longer.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The <c>bin</c> folders of earlier downloads, the newest version first.</summary>
    public static IEnumerable<string> FindDownloaded(string folder) => PostgresLocator.NewestFirst(folder, "postgres-*", "bin");

    /// <summary>Downloads the programs from a Maven repository, whose address has no slash at the end, into a folder that exists.</summary>
    /// <returns>The folder of the programs.</returns>
    /// <exception cref="PostgresUnavailableException">When they cannot be had; within about 15 seconds when nothing answers.</exception>
    public static async Task<string> FetchAsync(string folder, string source, CancellationToken cancellationToken)
    {
        // The package starts servers as well, but not as root and not on data that has to last; we want its download alone.
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

    /// <summary>Lets every account run the programs, whatever the umask: root downloads them and another account runs them.</summary>
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
            No PostgreSQL {PostgresBinaries.OldestMajor} or newer was found on this machine, and none could be downloaded:
            {reason}
            Do one of these:
              * install PostgreSQL {PostgresBinaries.OldestMajor} or newer, for example with: {install}
              * set ConnectionStrings__Batches to a PostgreSQL that you have
              * start the server and its database in containers: docker compose up
            """;
    }
}

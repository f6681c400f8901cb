using MysticMind.PostgresEmbed;

namespace BatchesApi.DevServer;

/// <summary>
/// A private PostgreSQL for development and tests. It is created at the first start, keeps its data between runs, and runs
/// until this object is disposed. It listens on a free port of 127.0.0.1 and requires a random password.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly Postmaster _postmaster;
    private readonly RunLock _runLock;
    private readonly Action<string> _log;
    private int _disposed;

    private PrivatePostgres(Postmaster postmaster, RunLock runLock, Action<string> log, string connectionString)
    {
        _postmaster = postmaster;
        _runLock = runLock;
        _log = log;
        ConnectionString = connectionString;
    }

    /// <summary>The Npgsql connection string of the superuser, with the password. The database is initially empty.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the server of a folder, or takes over the server of a killed run.</summary>
    /// <param name="folder">The data folder, created if it does not exist. Only one run at a time may use it.</param>
    /// <param name="options">The options.</param>
    /// <param name="log">Receives progress lines.</param>
    /// <param name="cancellationToken">Cancels the start and stops the server.</param>
    /// <exception cref="PostgresUnavailableException">It cannot be started: already running, no programs, no permission.</exception>
    public static async Task<PrivatePostgres> StartAsync(
        string folder,
        PrivatePostgresOptions options,
        Action<string> log,
        CancellationToken cancellationToken)
    {
        folder = Path.GetFullPath(folder);
        CheckPath(folder);
        var user = await OsUser.FindAsync(cancellationToken);
        await DataFolder.CreateAsync(folder, user, cancellationToken);
        var runLock = RunLock.Acquire(folder);
        try
        {
            var binaries = await ChooseBinariesAsync(folder, options, user, log, cancellationToken);
            var cluster = new Cluster(folder, binaries.Major);
            if (!cluster.Exists)
            {
                log($"Creating a private PostgreSQL {binaries.Major} cluster in {cluster.Folder}");
                await cluster.CreateAsync(binaries, user, options.Durable, cancellationToken);
            }

            var password = await cluster.GetPasswordAsync(cancellationToken);
            var postmaster = new Postmaster(cluster, binaries, user, password, options.Durable);
            var connectionString = await RunAsync(postmaster, log, cancellationToken);
            return new PrivatePostgres(postmaster, runLock, log, connectionString);
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server and releases the folder. Never throws; logs if the server does not stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;

        if (await _postmaster.StopAsync() is { } failure)
            _log($"Cannot stop the private PostgreSQL: {failure}");

        _runLock.Dispose();
    }

    /// <summary>Rejects paths that the shell of pg_ctl would interpret: it puts them in double quotes without escaping.</summary>
    private static void CheckPath(string folder)
    {
        if (folder.AsSpan().IndexOfAny(OperatingSystem.IsWindows() ? "\"%" : "\"$`\\\n") >= 0)
        {
            throw new PostgresUnavailableException(
                $"Cannot start PostgreSQL in {folder}: the path contains a special character. Choose another folder.");
        }
    }

    private static async Task<string> RunAsync(Postmaster postmaster, Action<string> log, CancellationToken cancellationToken)
    {
        try
        {
            var port = await postmaster.FindRunningAsync(cancellationToken);
            if (port is not null)
                log($"Taking over the private PostgreSQL of an earlier run on port {port}");
            else
                log($"Started the private PostgreSQL on port {port = await postmaster.StartAsync(cancellationToken)}");

            return await postmaster.PrepareAsync(port.Value, cancellationToken);
        }
        catch
        {
            await postmaster.StopAsync();
            throw;
        }
    }

    /// <summary>
    /// Returns installed programs that can read an existing cluster, because a new cluster would look like lost data, or the
    /// first installed ones, or downloaded ones.
    /// </summary>
    private static async Task<PostgresBinaries> ChooseBinariesAsync(
        string folder,
        PrivatePostgresOptions options,
        OsUser user,
        Action<string> log,
        CancellationToken cancellationToken)
    {
        var downloads = Path.Combine(folder, "binaries");
        var folders = options.BinaryFolders ?? await PostgresLocator.FindInstalledAsync(cancellationToken);
        var found = await PostgresBinaries.FindAsync([.. folders, .. PostgresDownload.FindDownloaded(downloads)], user, cancellationToken);
        var majors = Cluster.FindMajors(folder);
        var used = majors
            .Select(major => found.FirstOrDefault(binaries => binaries.Major == major))
            .OfType<PostgresBinaries>()
            .FirstOrDefault();
        if (used is not null)
            return used;

        if (found.Count == 0)
        {
            log($"PostgreSQL {PostgresBinaries.MinMajor} or newer was not found; downloading it into {downloads}");
            await DataFolder.CreateAsync(downloads, user, cancellationToken);
            var downloaded = await PostgresDownload.DownloadAsync(downloads, options.DownloadSource, cancellationToken);
            found = await PostgresBinaries.FindAsync([downloaded], user, cancellationToken);
            if (found.Count == 0)
            {
                throw new PostgresUnavailableException(
                    $"The PostgreSQL downloaded into {downloaded} does not run on this machine. "
                    + "Install PostgreSQL, or set ConnectionStrings__Batches.");
            }
        }

        foreach (var major in majors.Where(major => major != found[0].Major))
        {
            log($"The data in {new Cluster(folder, major).Folder} is not used: only PostgreSQL {major} can read it, and it was not found. "
                + $"This run uses PostgreSQL {found[0].Major} with separate data.");
        }

        return found[0];
    }
}

/// <summary>The options of a <see cref="PrivatePostgres"/>. The defaults are for development.</summary>
internal sealed record PrivatePostgresOptions
{
    /// <summary>Whether commits survive a crash of the machine. False is faster, for tests, whose data is deleted.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The folders to search for <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c>, in order; null for the usual ones.</summary>
    public IReadOnlyList<string>? BinaryFolders { get; init; }

    /// <summary>The Maven repository for downloads, without a slash at the end.</summary>
    public string DownloadSource { get; init; } = PgServerOptions.DefaultMavenRepo;
}

/// <summary>The private PostgreSQL cannot be started. The message is for the terminal: it contains the reason and what to do.</summary>
internal sealed class PostgresUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

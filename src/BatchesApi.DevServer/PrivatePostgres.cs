namespace BatchesApi.DevServer;

/// <summary>
/// A PostgreSQL of our own, for development and tests: made at the first start, kept between runs, and running only as long
/// as this object lives. It listens on 127.0.0.1 alone, on a port of its own, behind a random password.
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

    /// <summary>For Npgsql: an empty database of a superuser's, until the caller fills it. It contains the password.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the server of a folder, or takes over the one that a killed run left there.</summary>
    /// <param name="folder">Where the data is kept; made when missing. One run at a time may use it.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="log">Takes progress lines for the person at the terminal.</param>
    /// <param name="cancellationToken">Gives up and stops what was started.</param>
    /// <exception cref="PostgresUnavailableException">When it cannot be had: already running, no binaries, no permission.</exception>
    public static async Task<PrivatePostgres> StartAsync(
        string folder,
        PrivatePostgresOptions options,
        Action<string> log,
        CancellationToken cancellationToken)
    {
        folder = Path.GetFullPath(folder);
        CheckName(folder);
        var account = await OsUser.FindAsync(cancellationToken);
        await DataFolder.CreateAsync(folder, account, cancellationToken);
        var runLock = RunLock.Acquire(folder);
        try
        {
            var binaries = await ChooseAsync(folder, options, account, log, cancellationToken);
            var cluster = new Cluster(folder, binaries.Major);
            if (!cluster.Exists)
            {
                log($"Making a private PostgreSQL {binaries.Major} cluster in {cluster.Folder}");
                await cluster.CreateAsync(binaries, account, options.Durable, cancellationToken);
            }

            var password = await cluster.GetPasswordAsync(cancellationToken);
            var postmaster = new Postmaster(cluster, binaries, account, password, options.Durable);
            var connectionString = await RunAsync(postmaster, log, cancellationToken);
            return new PrivatePostgres(postmaster, runLock, log, connectionString);
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server and lets other runs have the folder. Never throws; a server that will not stop is logged.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;

        if (await _postmaster.StopAsync() is { } failure)
            _log($"The private PostgreSQL does not stop: {failure}");

        _runLock.Dispose();
    }

    /// <summary>Refuses names that pg_ctl would have its shell interpret: it puts them between double quotes and escapes nothing.</summary>
    private static void CheckName(string folder)
    {
        if (folder.AsSpan().IndexOfAny(OperatingSystem.IsWindows() ? "\"%" : "\"$`\\\n") >= 0)
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL cannot be started in {folder}, because of a special character in its name. Choose another folder.");
        }
    }

    private static async Task<string> RunAsync(Postmaster postmaster, Action<string> log, CancellationToken cancellationToken)
    {
        try
        {
            var port = await postmaster.FindRunningAsync(cancellationToken);
            if (port is not null)
                log($"Taking over the private PostgreSQL that an earlier run left on port {port}");
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
    /// The binaries to run: those that can read a cluster that is there, since a new cluster would look like lost data; else the
    /// first found; else downloaded ones.
    /// </summary>
    private static async Task<PostgresBinaries> ChooseAsync(
        string folder,
        PrivatePostgresOptions options,
        OsUser account,
        Action<string> log,
        CancellationToken cancellationToken)
    {
        var downloads = Path.Combine(folder, "binaries");
        var places = options.BinaryFolders ?? await PostgresLocator.FindInstalledAsync(cancellationToken);
        var found = await PostgresBinaries.FindAsync([.. places, .. PostgresDownload.FindDownloaded(downloads)], account, cancellationToken);
        var majors = Cluster.FindMajors(folder);
        if (majors.Select(major => found.FirstOrDefault(binaries => binaries.Major == major)).OfType<PostgresBinaries>().FirstOrDefault() is { } used)
            return used;

        if (found.Count == 0)
        {
            log($"Found no PostgreSQL {PostgresBinaries.OldestMajor} or newer; downloading one into {downloads}");
            await DataFolder.CreateAsync(downloads, account, cancellationToken);
            var fetched = await PostgresDownload.FetchAsync(downloads, options.DownloadSource, cancellationToken);
            found = await PostgresBinaries.FindAsync([fetched], account, cancellationToken);
            if (found.Count == 0)
            {
                throw new PostgresUnavailableException(
                    $"The PostgreSQL downloaded into {fetched} does not run on this machine. Install one, or set ConnectionStrings__Batches.");
            }
        }

        foreach (var major in majors.Where(major => major != found[0].Major))
        {
            log($"The data in {new Cluster(folder, major).Folder} stays as it is: only PostgreSQL {major} can read it, and it was not found. "
                + $"This run uses PostgreSQL {found[0].Major} with data of its own.");
        }

        return found[0];
    }
}

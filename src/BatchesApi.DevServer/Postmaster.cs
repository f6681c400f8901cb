using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BatchesApi.DevServer;

/// <summary>Starts, finds again and stops the server of a cluster that exists.</summary>
internal sealed class Postmaster(Cluster cluster, PostgresBinaries binaries, OsUser account, string password, bool durable)
{
    private const string Database = "batches";
    private const int Attempts = 8;

    /// <summary>How long a server left by a killed run may take to answer before it is ended.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Looks for a server that a killed run left behind. One that does not answer is ended.
    /// </summary>
    /// <returns>The port of the server, or null when none runs.</returns>
    /// <exception cref="PostgresUnavailableException">When one neither answers nor ends.</exception>
    public async Task<int?> FindRunningAsync(CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (PostmasterFile.Read(cluster.Data) is { } file && file.IsRunning())
        {
            if (file.Port is { } port && await IsAcceptingAsync(port, cancellationToken))
                return port;

            if (waiting.Elapsed > 4 * StartTimeout)
            {
                throw new PostgresUnavailableException(
                    $"Process {file.ProcessId}, a PostgreSQL that an earlier run left in {cluster.Folder}, neither answers nor ends. End it by hand.");
            }

            if (waiting.Elapsed > StartTimeout)
            {
                await StopAsync("immediate", 3);
                if (file.IsRunning())
                    file.Kill();
            }

            await Task.Delay(100, cancellationToken);
        }

        // What is left names a dead server or another program, or is empty after a loss of power, which PostgreSQL would not
        // get past. Should a server run after all, its shared memory still keeps a second one from starting.
        PostmasterFile.Delete(cluster.Data);
        return null;
    }

    /// <summary>Starts the server on a free port of 127.0.0.1.</summary>
    /// <returns>The port.</returns>
    /// <exception cref="PostgresUnavailableException">When it does not start; the message ends with its log.</exception>
    public async Task<int> StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (File.Exists(cluster.Log))
                File.Move(cluster.Log, cluster.Log + ".previous", overwrite: true);

            var port = FreePort();
            var result = await account.RunAsync(
                binaries.GetPath("pg_ctl"),
                ["start", "--wait", "--timeout", "120", "--silent", "--pgdata", cluster.Data, "--log", cluster.Log, "--options", Settings(port)],
                cancellationToken);
            if (result.Succeeded)
                return port;

            var log = await ReadLogAsync(cancellationToken);
            if (attempt == Attempts || !MayPass(log))
                throw new PostgresUnavailableException($"The private PostgreSQL in {cluster.Folder} does not start. {result.Text}\n{log}".TrimEnd());

            await Task.Delay(250, cancellationToken);
        }
    }

    /// <summary>Makes the database unless it exists, and so makes sure that the server answers.</summary>
    /// <returns>A connection string for the database.</returns>
    /// <exception cref="PostgresUnavailableException">When the server refuses.</exception>
    public async Task<string> PrepareAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString(port, "postgres", pooling: false));
            await connection.OpenAsync(cancellationToken);
            await using var find = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{Database}'", connection);
            if (await find.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
                await create.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        catch (NpgsqlException exception)
        {
            throw new PostgresUnavailableException($"The private PostgreSQL in {cluster.Folder} started but refuses us: {exception.Message}", exception);
        }

        return ConnectionString(port, Database, pooling: true);
    }

    /// <summary>Ends all connections and stops the server after a checkpoint, or after 30 seconds without one.</summary>
    /// <returns>Null, or why it could not be stopped.</returns>
    public async Task<string?> StopAsync()
    {
        var result = await StopAsync("fast", 30);
        if (!result.Succeeded && PostmasterFile.Read(cluster.Data)?.IsRunning() == true)
            result = await StopAsync("immediate", 10);

        return PostmasterFile.Read(cluster.Data)?.IsRunning() == true ? result.Text : null;
    }

    /// <param name="mode">As pg_ctl calls it: <c>fast</c> or <c>immediate</c>.</param>
    /// <param name="timeout">How long to wait, in seconds.</param>
    private Task<ProcessResult> StopAsync(string mode, int timeout) => account.RunAsync(
        binaries.GetPath("pg_ctl"),
        ["stop", "--wait", "--silent", "--mode", mode, "--timeout", timeout.ToString(CultureInfo.InvariantCulture), "--pgdata", cluster.Data],
        CancellationToken.None);

    /// <summary>The server's settings as command-line words. pg_ctl hands them to a shell, so none may need quotes.</summary>
    private string Settings(int port)
    {
        List<string> options =
        [
            string.Create(CultureInfo.InvariantCulture, $"port={port}"),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // Above the 100 that one pool may take, so that a second program can look at the data.
            "max_connections=200",
            "shared_buffers=64MB",
        ];
        if (!durable)
            options.AddRange(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);

        return string.Join(' ', options.Select(setting => $"-c {setting}"));
    }

    private async Task<bool> IsAcceptingAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            // The password is the cluster's own, and SCRAM has the server prove that it knows it too.
            await using var connection = new NpgsqlConnection(ConnectionString(port, "postgres", pooling: false));
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private string ConnectionString(int port, string database, bool pooling)
    {
        var options = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = Cluster.User,
            Password = password,
            Database = database,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        if (!pooling)
            (options.Pooling, options.Timeout) = (false, 2);

        return options.ConnectionString;
    }

    private async Task<string> ReadLogAsync(CancellationToken cancellationToken) =>
        File.Exists(cluster.Log) ? string.Join('\n', (await File.ReadAllLinesAsync(cluster.Log, cancellationToken)).TakeLast(20)) : "";

    /// <summary>
    /// Whether a failed start is worth another try: someone else took the port between our choosing it and the server's
    /// taking it, or the children of a killed server have not all ended yet.
    /// </summary>
    private static bool MayPass(string log) =>
        log.Contains("could not bind", StringComparison.Ordinal) || log.Contains("is still in use", StringComparison.Ordinal);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

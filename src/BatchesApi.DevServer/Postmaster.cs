using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BatchesApi.DevServer;

/// <summary>Starts, finds and stops the server of an existing cluster.</summary>
internal sealed class Postmaster(Cluster cluster, PostgresBinaries binaries, OsUser user, string password, bool durable)
{
    private const string Database = "batches";
    private const int MaxAttempts = 8;

    /// <summary>Maximum time until a server of a killed run accepts connections before it is stopped.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Finds the server of a killed run. A server that accepts no connections is stopped.</summary>
    /// <returns>The port of the server, or null if none is running.</returns>
    /// <exception cref="PostgresUnavailableException">A server neither accepts connections nor stops.</exception>
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
                    $"Process {file.ProcessId}, a PostgreSQL of an earlier run in {cluster.Folder}, neither accepts connections nor stops. "
                    + "Kill it.");
            }

            if (waiting.Elapsed > StartTimeout)
            {
                await StopAsync("immediate", 3);
                if (file.IsRunning())
                    file.Kill();
            }

            await Task.Delay(100, cancellationToken);
        }

        // The remaining file names a dead server or another program, or is empty after a power failure, and would prevent the
        // start. If a server is running after all, its shared memory prevents a second one from starting.
        PostmasterFile.Delete(cluster.Data);
        return null;
    }

    /// <summary>Starts the server on a free port of 127.0.0.1.</summary>
    /// <returns>The port.</returns>
    /// <exception cref="PostgresUnavailableException">The server does not start; the message ends with its log.</exception>
    public async Task<int> StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (File.Exists(cluster.Log))
                File.Move(cluster.Log, cluster.Log + ".previous", overwrite: true);

            var port = FindFreePort();
            var result = await user.RunAsync(
                binaries.GetPath("pg_ctl"),
                [
                    "start", "--wait", "--timeout", "120", "--silent",
                    "--pgdata", cluster.Data, "--log", cluster.Log, "--options", FormatSettings(port),
                ],
                cancellationToken);
            if (result.Succeeded)
                return port;

            var log = await ReadLogAsync(cancellationToken);
            if (attempt == MaxAttempts || !IsTransient(log))
            {
                throw new PostgresUnavailableException(
                    $"The private PostgreSQL in {cluster.Folder} does not start. {result.Text}\n{log}".TrimEnd());
            }

            await Task.Delay(250, cancellationToken);
        }
    }

    /// <summary>Creates the database unless it exists.</summary>
    /// <returns>The connection string.</returns>
    /// <exception cref="PostgresUnavailableException">The server rejects the connection.</exception>
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
            throw new PostgresUnavailableException(
                $"The private PostgreSQL in {cluster.Folder} started but rejects the connection: {exception.Message}", exception);
        }

        return ConnectionString(port, Database, pooling: true);
    }

    /// <summary>Closes all connections and stops the server after a checkpoint, or without one after 30 seconds.</summary>
    /// <returns>The reason if it could not be stopped, or null.</returns>
    public async Task<string?> StopAsync()
    {
        var result = await StopAsync("fast", 30);
        if (!result.Succeeded && PostmasterFile.Read(cluster.Data)?.IsRunning() == true)
            result = await StopAsync("immediate", 10);

        return PostmasterFile.Read(cluster.Data)?.IsRunning() == true ? result.Text : null;
    }

    /// <param name="mode">The mode of pg_ctl: <c>fast</c> or <c>immediate</c>.</param>
    /// <param name="timeout">The timeout in seconds.</param>
    private Task<ProcessResult> StopAsync(string mode, int timeout) => user.RunAsync(
        binaries.GetPath("pg_ctl"),
        [
            "stop", "--wait", "--silent", "--mode", mode, "--timeout", timeout.ToString(CultureInfo.InvariantCulture),
            "--pgdata", cluster.Data,
        ],
        CancellationToken.None);

    /// <summary>Formats the settings of the server as arguments. pg_ctl passes them to a shell, so none may need quotes.</summary>
    private string FormatSettings(int port)
    {
        List<string> options =
        [
            string.Create(CultureInfo.InvariantCulture, $"port={port}"),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            // More than the 100 of one pool, so that another program can connect.
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
            // SCRAM also proves that the server knows the password of this cluster.
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
    /// Whether a failed start is worth a retry: another program took the port in the meantime, or children of a killed server
    /// are still running.
    /// </summary>
    private static bool IsTransient(string log) =>
        log.Contains("could not bind", StringComparison.Ordinal) || log.Contains("is still in use", StringComparison.Ordinal);

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

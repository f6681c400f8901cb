using System.Diagnostics;
using System.Globalization;
using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>A PostgreSQL for replication that listens on 127.0.0.1 and can be killed, frozen and promoted.</summary>
internal sealed class PostgresNode(PostgresBinaries binaries, OsUser account, string folder, int port)
{
    /// <summary>The setting that makes commits wait for standbys.</summary>
    public const string SynchronousSetting = "synchronous_standby_names";

    private const string User = "postgres";

    private int[] _frozen = [];

    public int Port => port;

    /// <summary>The data directory.</summary>
    public string Data => Path.Combine(folder, "data");

    /// <summary>The connection string of a database.</summary>
    public string ConnectionString(string database = "postgres") => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username={User};Database={database};Pooling=false;Timeout=5");

    /// <summary>Creates an empty cluster.</summary>
    public Task InitializeAsync() => RunAsync(
        "initdb", "--pgdata", Data, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync");

    /// <summary>Makes this node a standby: copies the files of a primary that has not been started, and configures replication from
    /// it.</summary>
    public async Task CopyAsync(PostgresNode primary)
    {
        await EnsureAsync(await account.RunAsync("cp", ["-a", primary.Data, Data], CancellationToken.None));
        await EnsureAsync(await account.RunAsync("touch", [Path.Combine(Data, "standby.signal")], CancellationToken.None));
        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.auto.conf"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"primary_conninfo = 'host=127.0.0.1 port={primary.Port} user={User} sslmode=disable gssencmode=disable'\n"));
    }

    /// <summary>Makes this stopped node a standby of a running primary, with a copy of its files.</summary>
    public async Task CopyRunningAsync(PostgresNode primary)
    {
        await EnsureAsync(await account.RunAsync("rm", ["-rf", Data], CancellationToken.None));
        await RunAsync(
            "pg_basebackup", "--pgdata", Data, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync", "--host", "127.0.0.1",
            "--port", primary.Port.ToString(CultureInfo.InvariantCulture), "--username", User);

        // Once promoted, it must not wait for a standby that it does not have.
        var settings = Path.Combine(Data, "postgresql.auto.conf");
        var lines = await File.ReadAllLinesAsync(settings);
        await File.WriteAllLinesAsync(settings, lines.Where(line => !line.StartsWith(SynchronousSetting, StringComparison.Ordinal)));
    }

    public Task StartAsync() => RunAsync(
        "pg_ctl", "start", "--wait", "--silent", "--pgdata", Data, "--log", Path.Combine(folder, "log"), "--options",
        string.Create(
            CultureInfo.InvariantCulture,
            $"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200 "
                + $"-c shared_buffers=32MB -c wal_receiver_timeout=60s -c wal_sender_timeout=60s"));

    /// <summary>Promotes a standby and waits until it is the primary.</summary>
    public Task PromoteAsync() => RunAsync("pg_ctl", "promote", "--wait", "--silent", "--pgdata", Data);

    /// <summary>Runs a statement and returns its scalar result.</summary>
    public async Task<object?> QueryAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Kills the postmaster, as a power failure would.</summary>
    public Task KillAsync() => SignalAsync("KILL", [ProcessId()!.Value]);

    /// <summary>Freezes every process, as if the machine had lost its network.</summary>
    public async Task FreezeAsync()
    {
        var others = (int[])(await QueryAsync("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))!;
        _frozen = [ProcessId()!.Value, .. others];
        await SignalAsync("STOP", _frozen);
    }

    /// <summary>Continues the processes that <see cref="FreezeAsync"/> froze.</summary>
    public async Task ThawAsync()
    {
        await SignalAsync("CONT", _frozen);
        _frozen = [];
    }

    /// <summary>Stops the node if it is running.</summary>
    public async Task StopAsync()
    {
        if (_frozen.Length > 0)
            await ThawAsync();
        if (ProcessId() is not null)
        {
            await account.RunAsync(
                binaries.GetPath("pg_ctl"),
                ["stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", Data],
                CancellationToken.None);
        }
    }

    private static async Task SignalAsync(string signal, IEnumerable<int> processIds)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processIds.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }

    private int? ProcessId() => PostmasterFile.Read(Data) is { } file && file.IsRunning() ? file.ProcessId : null;

    private async Task RunAsync(string program, params string[] arguments) =>
        await EnsureAsync(await account.RunAsync(binaries.GetPath(program), arguments, CancellationToken.None));

    private async Task EnsureAsync(ProcessResult result)
    {
        if (result.Succeeded)
            return;
        var log = Path.Combine(folder, "log");
        throw new InvalidOperationException($"{result.Text}\n{(File.Exists(log) ? await File.ReadAllTextAsync(log) : "")}");
    }
}

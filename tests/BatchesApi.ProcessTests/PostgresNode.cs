using System.Diagnostics;
using System.Globalization;
using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>A PostgreSQL of a test's own that takes part in replication, listening on 127.0.0.1 alone. It may be killed, frozen and promoted.</summary>
internal sealed class PostgresNode(PostgresBinaries binaries, OsUser account, string folder, int port)
{
    private const string User = "postgres";

    private int[] _frozen = [];

    /// <summary>The port that it listens on.</summary>
    public int Port => port;

    /// <summary>Where its data is.</summary>
    public string Data => Path.Combine(folder, "data");

    /// <summary>How to reach a database of it.</summary>
    public string ConnectionString(string database = "postgres") => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username={User};Database={database};Pooling=false;Timeout=5");

    /// <summary>Makes the files of a database that nothing has been written to.</summary>
    public Task InitializeAsync() => RunAsync(
        "initdb", "--pgdata", Data, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync");

    /// <summary>Makes it a standby of another node: a copy of its files, before either was started, that goes on by what the other one sends.</summary>
    public async Task CopyAsync(PostgresNode primary)
    {
        await EnsureAsync(await account.RunAsync("cp", ["-a", primary.Data, Data], CancellationToken.None));
        await EnsureAsync(await account.RunAsync("touch", [Path.Combine(Data, "standby.signal")], CancellationToken.None));
        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.auto.conf"),
            string.Create(CultureInfo.InvariantCulture, $"primary_conninfo = 'host=127.0.0.1 port={primary.Port} user={User} sslmode=disable gssencmode=disable'\n"));
    }

    /// <summary>Starts it.</summary>
    public Task StartAsync() => RunAsync(
        "pg_ctl", "start", "--wait", "--silent", "--pgdata", Data, "--log", Path.Combine(folder, "log"), "--options",
        string.Create(
            CultureInfo.InvariantCulture,
            $"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200 -c shared_buffers=32MB "
                + $"-c wal_receiver_timeout=60s -c wal_sender_timeout=60s"));

    /// <summary>Makes a standby the primary, and waits until it is.</summary>
    public Task PromoteAsync() => RunAsync("pg_ctl", "promote", "--wait", "--silent", "--pgdata", Data);

    /// <summary>Runs a statement.</summary>
    /// <returns>Its value, if it has one.</returns>
    public async Task<object?> AskAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Kills it as a loss of power would.</summary>
    public Task KillAsync() => SignalAsync("KILL", [ProcessId()!.Value]);

    /// <summary>Freezes every process of it, as if its machine had been cut off.</summary>
    public async Task FreezeAsync()
    {
        var others = (int[])(await AskAsync("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))!;
        _frozen = [ProcessId()!.Value, .. others];
        await SignalAsync("STOP", _frozen);
    }

    /// <summary>Lets it go on after <see cref="FreezeAsync"/>.</summary>
    public async Task ThawAsync()
    {
        await SignalAsync("CONT", _frozen);
        _frozen = [];
    }

    /// <summary>Ends it, if it runs.</summary>
    public async Task StopAsync()
    {
        if (_frozen.Length > 0)
            await ThawAsync();
        if (ProcessId() is not null)
            await account.RunAsync(binaries.GetPath("pg_ctl"), ["stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", Data], CancellationToken.None);
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

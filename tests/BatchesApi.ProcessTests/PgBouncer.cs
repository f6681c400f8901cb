using System.Diagnostics;
using System.Globalization;
using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>A PgBouncer with a small pool in front of the PostgreSQL of a connection string.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    /// <summary>The number of sessions in the pool.</summary>
    public const int PoolSize = 8;

    private readonly string _folder;
    private readonly int _port;

    private PgBouncer(string folder, int port, string connectionString) =>
        (_folder, _port, ConnectionString) = (folder, port, connectionString);

    /// <summary>Whether the program is installed.</summary>
    public static bool IsInstalled => Program is not null;

    /// <summary>The connection string through PgBouncer.</summary>
    public string ConnectionString { get; }

    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists);

    /// <summary>Starts PgBouncer.</summary>
    /// <param name="connectionString">The connection string of PostgreSQL.</param>
    /// <param name="mode">The <c>pool_mode</c>.</param>
    public static async Task<PgBouncer> StartAsync(string connectionString, string mode)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var (host, port, user, password) = (settings.Host, settings.Port, settings.Username, settings.Password);
        var folder = Directory.CreateTempSubdirectory("batches-pgbouncer-").FullName;
        (settings.Host, settings.Port, settings.Username, settings.Password) = ("127.0.0.1", Ports.FindFree(), "anyone", "");
        var bouncer = new PgBouncer(folder, settings.Port, settings.ConnectionString);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbouncer.ini"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host={host} port={port} user={user} password='{password}'
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {settings.Port}
                unix_socket_dir =
                auth_type = any
                pool_mode = {mode}
                default_pool_size = {PoolSize}
                max_client_conn = 500
                logfile = {folder}/log
                pidfile = {folder}/pid
                """));

        // Like PostgreSQL, it refuses to run as root.
        var account = await OsUser.FindAsync(CancellationToken.None);
        await account.ChangeOwnerAsync(folder, CancellationToken.None);
        var started = await account.RunAsync(
            Program!, ["--quiet", "--daemon", Path.Combine(folder, "pgbouncer.ini")], CancellationToken.None);
        if (!started.Succeeded)
            throw new InvalidOperationException(started.Text);
        await bouncer.WaitAsync();
        return bouncer;
    }

    /// <summary>Uses every session of the pool at the same time and returns the settings that differ from those of a new session.</summary>
    public async Task<IReadOnlyList<string>> ChangedSettingsAsync()
    {
        // PgBouncer itself synchronizes the excluded settings with its clients.
        const string Changed =
            """
            SELECT name || ' = ' || setting FROM pg_settings
            WHERE source = 'session' AND name NOT IN (
                'application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'transaction_isolation')
            UNION ALL SELECT 'prepared ' || name FROM pg_prepared_statements
            UNION ALL SELECT 'temporary ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'
            """;
        await using var source = new NpgsqlDataSourceBuilder($"{ConnectionString};Max Auto Prepare=0;No Reset On Close=true").Build();
        var changed = new List<string>();
        var open = new Stack<NpgsqlConnection>();
        for (var i = 0; i < PoolSize; i++)
        {
            var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            open.Push(connection);
            await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(Changed, connection);
            await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await row.ReadAsync(TestContext.Current.CancellationToken))
                changed.Add(row.GetString(0));
        }
        while (open.TryPop(out var connection))
            await connection.DisposeAsync();
        return changed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var process = Process.GetProcessById(await ProcessIdAsync()))
            process.Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> ProcessIdAsync() =>
        int.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "pid")), CultureInfo.InvariantCulture);

    private async Task WaitAsync()
    {
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                using var client = new System.Net.Sockets.TcpClient();
                await client.ConnectAsync("127.0.0.1", _port);
                return;
            }
            catch (System.Net.Sockets.SocketException) when (waiting.Elapsed < TimeSpan.FromSeconds(10))
            {
                // PgBouncer is not listening yet.
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace BatchesApi.Load;

/// <summary>A database with the measured account and ten others, filled by COPY.</summary>
/// <param name="ConnectionString">The connection string.</param>
/// <param name="Key">An API key of the measured account.</param>
/// <param name="Account">The number of the measured account.</param>
/// <param name="OtherKey">An API key of another account.</param>
internal sealed record SeededDatabase(string ConnectionString, string Key, int Account, string OtherKey)
{
    private const int Others = 10;
    private const long SmallestOther = 100;

    public const string Measured = "measured";

    /// <summary>How long this tool waits for a connection to a PostgreSQL under load.</summary>
    private static readonly TimeSpan PatientTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The environment of PostgreSQL's programs.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
            return new Dictionary<string, string>
            {
                ["PGHOST"] = settings.Host!,
                ["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = settings.Username!,
                ["PGPASSWORD"] = settings.Password ?? "",
                ["PGDATABASE"] = settings.Database!,
            };
        }
    }

    /// <summary>Opens the database of a size, or creates and fills it.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="binary">The published server that migrates it.</param>
    /// <param name="rows">The number of batches in the measured account. The other accounts have 100, 200, 400 and so on, up to a
    /// tenth.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static Task<SeededDatabase> OpenAsync(string server, string binary, long rows, CancellationToken cancellation) =>
        OpenAsync(server, $"batches_load_{rows}", binary, rows, cancellation);

    /// <summary>Creates and fills a database, replacing that of an earlier run.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="name">The name of the database.</param>
    /// <param name="binary">The published server that migrates it.</param>
    /// <param name="rows">The number of batches in the measured account.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static async Task<SeededDatabase> CreateAsync(
        string server, string name, string binary, long rows, CancellationToken cancellation)
    {
        await DropAsync(server, name, cancellation);
        return await OpenAsync(server, name, binary, rows, cancellation);
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string, or null if there is one of this name.</returns>
    public static async Task<string?> CreateEmptyAsync(string server, string name, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(server, cancellation);
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = name } },
        };
        if (await find.ExecuteScalarAsync(cancellation) is not null)
            return null;
        await BulkLoad.ExecuteAsync(
            connection, $"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", cancellation);
        return WithDatabase(server, name);
    }

    /// <summary>Removes a database.</summary>
    public static async Task DropAsync(string server, string name, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(server, cancellation);
        await BulkLoad.ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {name}", cancellation);
    }

    /// <summary>Opens a connection of this tool.</summary>
    public Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation) => ConnectAsync(ConnectionString, cancellation);

    private static async Task<SeededDatabase> OpenAsync(
        string server, string name, string binary, long rows, CancellationToken cancellation)
    {
        var isNew = await CreateEmptyAsync(server, name, cancellation) is not null;
        var commands = new ServerCommands(binary, WithDatabase(server, name));
        await commands.MigrateAsync(cancellation);
        await using var connection = await ConnectAsync(WithDatabase(server, name), cancellation);
        if (isNew)
        {
            var clock = Stopwatch.StartNew();
            var accounts = new List<(int Id, long Rows)> { (await CreateAccountAsync(Measured), rows) };
            for (var i = 0; i < Others; i++)
                accounts.Add((await CreateAccountAsync($"other{i}"), Math.Min(SmallestOther << i, Math.Max(rows / 10, SmallestOther))));
            await BulkLoad.ExecuteAsync(connection, "SET maintenance_work_mem = '1GB'; SET synchronous_commit = off", cancellation);
            await BulkLoad.FillAsync(connection, accounts.SelectMany(account => SeedRows.Make(account.Id, account.Rows)), cancellation);
            await BulkLoad.ExecuteAsync(connection, "CHECKPOINT", cancellation);
            await Console.Error.WriteLineAsync($"Filled {name} in {clock.Elapsed.TotalSeconds:0} s.");
        }
        return new SeededDatabase(
            WithDatabase(server, name), await commands.CreateKeyAsync(Measured, cancellation), await FindAccountAsync(Measured),
            await commands.CreateKeyAsync("other0", cancellation));

        async Task<int> CreateAccountAsync(string account)
        {
            await commands.CreateAccountAsync(account, cancellation);
            return await FindAccountAsync(account);
        }

        async Task<int> FindAccountAsync(string account)
        {
            await using var find = new NpgsqlCommand("SELECT id FROM accounts WHERE name = $1", connection)
            {
                Parameters = { new() { Value = account } },
            };
            return (int)(await find.ExecuteScalarAsync(cancellation))!;
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string connectionString, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Timeout = (int)PatientTimeout.TotalSeconds,
            CommandTimeout = 0,
            Pooling = false,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellation);
        return connection;
    }

    private static string WithDatabase(string server, string name) =>
        new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
}

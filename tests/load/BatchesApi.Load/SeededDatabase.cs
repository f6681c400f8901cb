using System.Diagnostics;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Storage;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>The connection arguments of psql and pgbench.</summary>
    public IEnumerable<string> Arguments
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
            return ["-h", settings.Host!, "-p", $"{settings.Port}", "-U", settings.Username!, settings.Database!];
        }
    }

    /// <summary>Opens the database of a size, or creates and fills it.</summary>
    /// <param name="server">The connection string of a role that can create databases.</param>
    /// <param name="rows">The number of batches in the measured account. The other accounts have 100, 200, 400 and so on, up to a
    /// tenth.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static Task<SeededDatabase> OpenAsync(string server, long rows, CancellationToken cancellation) =>
        OpenAsync(server, $"batches_load_{rows}", rows, cancellation);

    /// <summary>Creates and fills a database of a size, replacing that of an earlier run.</summary>
    /// <inheritdoc cref="OpenAsync(string, long, CancellationToken)" path="/param"/>
    public static async Task<SeededDatabase> CreateAsync(string server, long rows, CancellationToken cancellation)
    {
        const string Name = "batches_load";
        await using (var connection = new NpgsqlConnection(server))
        {
            await connection.OpenAsync(cancellation);
            await BulkLoad.ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {Name}", cancellation);
        }
        return await OpenAsync(server, Name, rows, cancellation);
    }

    private static async Task<SeededDatabase> OpenAsync(string server, string name, long rows, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(server) { Database = name };
        var isNew = await CreateAsync(server, name, cancellation);
        await using var services = new ServiceCollection().AddCommandDatabase(settings.ConnectionString).BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<BatchesContext>();
        await MigrationService.MigrateAsync(db, cancellation);
        var keys = new ApiKeyStore(db, TimeProvider.System, new ObjectIdGenerator(TimeProvider.System));
        var store = new AccountStore(db, TimeProvider.System);
        var account = await store.FindAsync("measured", cancellation) ?? (await store.CreateAsync("measured", cancellation))!;
        if (isNew)
        {
            var clock = Stopwatch.StartNew();
            var accounts = new List<(int Id, long Rows)> { (account.Id, rows) };
            for (var i = 0; i < Others; i++)
            {
                var another = (await store.CreateAsync($"other{i}", cancellation))!;
                accounts.Add((another.Id, Math.Min(SmallestOther << i, Math.Max(rows / 10, SmallestOther))));
            }
            await FillAsync(services.GetRequiredService<NpgsqlDataSource>(), accounts, cancellation);
            await Console.Error.WriteLineAsync($"Filled {name} in {clock.Elapsed.TotalSeconds:0} s.");
        }
        var (_, secret) = await keys.CreateAsync(account, "load", Scope.Write, policy: null, expiresIn: null, cancellation);
        var other = (await store.FindAsync("other0", cancellation))!;
        var (_, otherSecret) = await keys.CreateAsync(other, "load", Scope.Write, policy: null, expiresIn: null, cancellation);
        return new SeededDatabase(settings.ConnectionString, secret, account.Id, otherSecret);
    }

    private static async Task<bool> CreateAsync(string server, string name, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync(cancellation);
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
        {
            Parameters = { new() { Value = name } },
        };
        if (await find.ExecuteScalarAsync(cancellation) is not null)
            return false;
        await using var create = new NpgsqlCommand(
            $"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", connection);
        await create.ExecuteNonQueryAsync(cancellation);
        return true;
    }

    private static async Task FillAsync(NpgsqlDataSource source, IEnumerable<(int Id, long Rows)> accounts, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await BulkLoad.ExecuteAsync(connection, "SET maintenance_work_mem = '1GB'; SET synchronous_commit = off", cancellation);
        var rows = accounts.SelectMany(account => Numbers(account.Rows).Select(number => SeedRows.Make(account.Id, number)));
        await BulkLoad.FillAsync(connection, rows, cancellation);
        await BulkLoad.ExecuteAsync(connection, "CHECKPOINT", cancellation);
    }

    private static IEnumerable<long> Numbers(long count)
    {
        for (var number = 0L; number < count; number++)
            yield return number;
    }
}

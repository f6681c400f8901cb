using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using Npgsql;
using Testcontainers.PostgreSql;

namespace BatchesApi.Testing;

/// <summary>The PostgreSQL server for the tests of one process: the one in <c>BATCHES_TEST_POSTGRES</c>, or a container if a Docker engine
/// can provide one, or a private one of the development launcher.</summary>
public sealed class TestPostgres : IAsyncDisposable
{
    internal const string Image = "postgres:17";

    private readonly string _connectionString;
    private readonly IAsyncDisposable? _server;

    private TestPostgres(string connectionString, IAsyncDisposable? server)
    {
        _connectionString = connectionString;
        _server = server;
    }

    /// <summary>Finds or starts the server.</summary>
    public static async Task<TestPostgres> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("BATCHES_TEST_POSTGRES") is { Length: > 0 } given)
            return new TestPostgres(given, server: null);
        await DockerEngine.MatchApiVersionAsync();
        return await StartAsync(new PostgreSqlBuilder(Image), TestContext.Current.SendDiagnosticMessage);
    }

    /// <summary>Starts a container, or the private server if that fails.</summary>
    /// <param name="builder">The builder of the container.</param>
    /// <param name="log">Gets a line if a Docker engine is running but cannot provide the container.</param>
    internal static async Task<TestPostgres> StartAsync(PostgreSqlBuilder builder, Action<string> log)
    {
        // The container is stopped in DisposeAsync; the resource reaper would be another image to pull.
        TestcontainersSettings.ResourceReaperEnabled = false;
        try
        {
            var container = builder.WithCommand("-c", "max_connections=300", "-c", "fsync=off").Build();
            try
            {
                await container.StartAsync();
            }
            catch
            {
                await container.DisposeAsync();
                throw;
            }
            return new TestPostgres(container.GetConnectionString(), container);
        }
        catch (Exception exception)
        {
            if (exception is not DockerUnavailableException)
            {
                log($"The Docker engine cannot run {Image}, so the tests use a private PostgreSQL: "
                    + $"{exception.Message.ReplaceLineEndings(" ")}");
            }
            var launched = await LaunchedPostgres.StartAsync();
            return new TestPostgres(launched.ConnectionString, launched);
        }
    }

    /// <summary>Creates an empty database.</summary>
    /// <param name="encoding">The encoding of the database.</param>
    /// <param name="locale">The locale, or null for the server's default. <c>C</c> keeps tests from depending on a locale.</param>
    /// <returns>The connection string of the new database.</returns>
    public async Task<string> CreateDatabaseAsync(string encoding = "UTF8", string? locale = "C")
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync(
            $"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'{(locale is null ? "" : $" LOCALE '{locale}'")}");
        return ConnectionStringTo(name);
    }

    /// <summary>Copies a database, which must not have any connections meanwhile.</summary>
    /// <param name="connectionString">The connection string of the database to copy.</param>
    /// <returns>The connection string of the new database.</returns>
    public async Task<string> CopyDatabaseAsync(string connectionString)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {new NpgsqlConnectionStringBuilder(connectionString).Database}");
        return ConnectionStringTo(name);
    }

    /// <summary>Drops a database and closes its connections.</summary>
    public async Task DropDatabaseAsync(string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync($"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private string ConnectionStringTo(string database) =>
        new NpgsqlConnectionStringBuilder(_connectionString) { Database = database, MaxPoolSize = 50 }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

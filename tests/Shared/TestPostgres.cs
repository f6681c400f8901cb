using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using Npgsql;
using Testcontainers.PostgreSql;

namespace BatchesApi.Testing;

/// <summary>The PostgreSQL that the tests of one process run on: the one that <c>BATCHES_TEST_POSTGRES</c> names, else a container where
/// a Docker engine answers, else a private one of the development launcher.</summary>
public sealed class TestPostgres : IAsyncDisposable
{
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

        await DockerEngine.MatchVersionAsync();
        try
        {
            // The fixture stops its container itself; the reaper would be one more image to pull.
            TestcontainersSettings.ResourceReaperEnabled = false;
            var container = new PostgreSqlBuilder("postgres:17").WithCommand("-c", "max_connections=300", "-c", "fsync=off").Build();
            await container.StartAsync();
            return new TestPostgres(container.GetConnectionString(), container);
        }
        catch (DockerUnavailableException)
        {
            var launched = await LaunchedPostgres.StartAsync();
            return new TestPostgres(launched.ConnectionString, launched);
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="locale">Its locale. By default it has none, so that nothing comes to depend on one; null is the server's own.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string encoding = "UTF8", string? locale = "C")
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'{(locale is null ? "" : $" LOCALE '{locale}'")}");
        return ConnectionStringOf(name);
    }

    /// <summary>Makes a database with all that another one has, to which nobody may be connected meanwhile.</summary>
    /// <param name="connectionString">That of the other one.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CopyDatabaseAsync(string connectionString)
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {new NpgsqlConnectionStringBuilder(connectionString).Database}");
        return ConnectionStringOf(name);
    }

    /// <summary>Drops a database, whoever is still connected to it.</summary>
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

    private string ConnectionStringOf(string database) =>
        new NpgsqlConnectionStringBuilder(_connectionString) { Database = database, MaxPoolSize = 50 }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

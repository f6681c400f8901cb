using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>A server with a separate database, for tests that lock tables or depend on their full contents.</summary>
internal sealed class SeparateServer : IAsyncDisposable
{
    private readonly ApiServer _given;
    private readonly string _connectionString;
    private readonly WebApplication _app;

    private SeparateServer(ApiServer given, string connectionString, WebApplication app) =>
        (_given, _connectionString, _app) = (given, connectionString, app);

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

    /// <summary>The connection string of the database.</summary>
    public string ConnectionString => _connectionString;

    /// <summary>Starts a server.</summary>
    /// <param name="given">The server whose PostgreSQL is used.</param>
    /// <param name="more">Additional keywords of the connection string.</param>
    /// <param name="settings">The settings of the server.</param>
    public static async Task<SeparateServer> StartAsync(ApiServer given, string more = "", params (string Name, string Value)[] settings)
    {
        var connectionString = await given.CreateDatabaseAsync();
        return new SeparateServer(given, connectionString, await ApiServer.StartAsync($"{connectionString};{more}", settings));
    }

    /// <summary>Creates an account with a key.</summary>
    /// <returns>The number of the account in the database, and the key.</returns>
    public async Task<(int Account, string Key)> CreateAccountAsync(string name, string keyName = "test")
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var keys = scope.ServiceProvider.GetRequiredService<ApiKeyStore>();
        var account = await scope.ServiceProvider.GetRequiredService<AccountStore>()
            .CreateAsync(name, TestContext.Current.CancellationToken);
        var (_, secret) = (await keys.CreateAsync(
            account!.Id, new NewApiKey(keyName, Scope.Write), ApiServer.Operator, TestContext.Current.CancellationToken)).Value;
        return (account!.Id, secret);
    }

    /// <summary>A client with a key.</summary>
    public HttpClient CreateClient(string key) => ApiServer.CreateClient(Address, key);

    /// <summary>Runs SQL.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs SQL and returns its scalar result.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Locks the table of batches against reads until disposal.</summary>
    public Task<IAsyncDisposable> LockBatchesAsync() => BeginAsync("LOCK batches");

    /// <summary>Runs SQL in a transaction that is rolled back on disposal.</summary>
    public async Task<IAsyncDisposable> BeginAsync(string sql)
    {
        var connection = new NpgsqlConnection($"{_connectionString};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"BEGIN; {sql}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Stops the server and waits until it has finished its work.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _given.Postgres.DropDatabaseAsync(_connectionString);
    }
}

using System.Net.Http.Headers;
using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>A server with a database of its own, for tests that keep others out of tables or depend on all that is in them.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly ApiServer _given;
    private readonly string _connectionString;
    private readonly WebApplication _app;

    private OwnServer(ApiServer given, string connectionString, WebApplication app) => (_given, _connectionString, _app) = (given, connectionString, app);

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts it.</summary>
    /// <param name="given">Whose PostgreSQL it is to use.</param>
    /// <param name="more">What to add to the connection string.</param>
    /// <param name="settings">Its settings.</param>
    public static async Task<OwnServer> StartAsync(ApiServer given, string more = "", params (string Name, string Value)[] settings)
    {
        var connectionString = await given.Postgres.CreateDatabaseAsync();
        return new OwnServer(given, connectionString, await ApiServer.StartAsync($"{connectionString};{more}", settings));
    }

    /// <summary>Makes an account with a key.</summary>
    /// <returns>The account's number in the database, and the key.</returns>
    public async Task<(int Account, string Key)> CreateAccountAsync(string name)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var keys = scope.ServiceProvider.GetRequiredService<ApiKeyStore>();
        var account = await scope.ServiceProvider.GetRequiredService<AccountStore>().CreateAsync(name, TestContext.Current.CancellationToken);
        var (_, secret) = await keys.CreateAsync(account!, "test", Scope.Write, policy: null, expiresIn: null, TestContext.Current.CancellationToken);
        return (account!.Id, secret);
    }

    /// <summary>A client with a key.</summary>
    public HttpClient CreateClient(string key)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Runs SQL.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs SQL that gives a value.</summary>
    public async Task<T> AskAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Keeps everybody from reading batches, until it is disposed of.</summary>
    public Task<IAsyncDisposable> LockBatchesAsync() => HoldAsync("LOCK batches");

    /// <summary>Runs SQL in a transaction that stays open until it is disposed of, and is rolled back then.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string sql)
    {
        var connection = new NpgsqlConnection($"{_connectionString};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"BEGIN; {sql}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Stops it, so that all that it does is done.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _given.Postgres.DropDatabaseAsync(_connectionString);
    }
}

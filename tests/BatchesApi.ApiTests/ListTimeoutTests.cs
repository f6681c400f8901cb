using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using BatchesApi.Access;
using BatchesApi.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Lists:TimeoutSeconds</c>: how long a list may keep the database busy.</summary>
public sealed class ListTimeoutTests(ApiServer server) : IAsyncLifetime
{
    private const int Connections = 6;

    private string _database = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _database = await server.Postgres.CreateDatabaseAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await server.Postgres.DropDatabaseAsync(_database);

    [Theory]
    [InlineData(null)]

    // What other statements may take does not cut lists short.
    [InlineData(1)]
    public async Task A_list_that_takes_too_long_is_given_up_and_the_server_goes_on(int? commandTimeout)
    {
        await using var app = await StartAsync(timeoutSeconds: 3, commandTimeout);
        using var client = await CreateClientAsync(app);
        var id = await client.CreateIdAsync();
        string[] lists = [Http.Batches, $"{Http.Deleted}?count=none", $"{Http.Batches}?q=a", $"{Http.Batches}?fields=leadIds:a&count=exact"];

        await using (var locked = await LockAsync())
        {
            await Task.WhenAll(lists.Select(async list =>
            {
                using var response = await client.SendAsync("GET", list);
                var problem = await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
                Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
                Assert.StartsWith("The list was given up after 3 s. ", (string)problem["detail"]!, StringComparison.Ordinal);
            }));
            await UntilAsync(async () => await WaitingAsync() == 0, "The database is still busy with lists that were given up.");
        }

        // More often than there are connections, and as many at once as there are beside the one that watches.
        for (var i = 0; i < Connections; i++)
        {
            var pages = await Task.WhenAll(lists.Select(list => client.GetJsonAsync(list)));
            Assert.Equal([id], pages[0]["data"]!.AsArray().Select(record => record!.Id()));
        }
    }

    [Fact]
    public async Task A_client_that_goes_away_frees_the_database_and_is_no_fault_of_the_server()
    {
        await using var app = await StartAsync(timeoutSeconds: 60);
        using var client = await CreateClientAsync(app);
        using var log = new Lines();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        await using (var locked = await LockAsync())
        {
            using var away = new CancellationTokenSource();
            var reading = client.GetAsync(Http.Batches, away.Token);
            await UntilAsync(async () => await WaitingAsync() == 1, "The list does not wait.");
            await away.CancelAsync();
            await Assert.ThrowsAsync<TaskCanceledException>(() => reading);
            await UntilAsync(() => Task.FromResult(!log.Texts.IsEmpty), "The request does not end.");
            await UntilAsync(async () => await WaitingAsync() == 0, "The database is still busy with the list.");
        }

        Assert.StartsWith($"GET {Http.Batches} → 499 in ", Assert.Single(log.Texts), StringComparison.Ordinal);
        for (var i = 0; i <= Connections; i++)
            Assert.Empty(await client.ListAsync(Http.Batches));
    }

    private Task<WebApplication> StartAsync(int timeoutSeconds, int? commandTimeout = null)
    {
        // A busy machine may take longer to hand out connections than a client would like to wait.
        var settings = new NpgsqlConnectionStringBuilder(_database) { MaxPoolSize = Connections, Timeout = 30 };
        if (commandTimeout is not null)
            settings.CommandTimeout = commandTimeout.Value;
        return ApiServer.StartAsync(
            settings.ConnectionString,
            ("Lists:TimeoutSeconds", $"{timeoutSeconds}"),
            ("Logging:LogLevel:BatchesApi.Hosting.RequestLog", "Information"),
            ("Logging:Console:LogLevel:Default", "None"));
    }

    private static async Task<HttpClient> CreateClientAsync(WebApplication app)
    {
        await using var services = app.Services.CreateAsyncScope();
        var keys = services.ServiceProvider.GetRequiredService<KeyRegister>();
        var account = await keys.CreateAccountAsync(ApiServer.NewAccountName(), default);
        var (_, secret) = await keys.CreateKeyAsync(account!, "test", Scope.Write, policy: null, expiresIn: null, default);
        var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    /// <summary>Keeps everybody else from the batches until it is disposed of.</summary>
    private async Task<NpgsqlConnection> LockAsync()
    {
        var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE batches IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>How many statements wait for a lock.</summary>
    private async Task<long> WaitingAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        for (var patience = Stopwatch.StartNew(); !await condition(); await Task.Delay(20))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), otherwise);
    }

    /// <summary>What the server logs of requests.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Texts { get; } = new();

        public ILogger CreateLogger(string categoryName) => categoryName.EndsWith(".RequestLog", StringComparison.Ordinal)
            ? this
            : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Texts.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}

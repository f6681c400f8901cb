using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using BatchesApi.Access;
using BatchesApi.ApiTests;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Testing;
using BatchesApi.Webhooks.Sending;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

[assembly: AssemblyFixture(typeof(ApiServer))]

namespace BatchesApi.ApiTests;

/// <summary>The real server on a free port with a separate database, shared by all tests. Each test uses new accounts, so that tests can
/// run in parallel without affecting each other.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    private TestPostgres? _postgres;
    private WebApplication? _app;
    private string _template = "";

    /// <summary>The connection string of the database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The PostgreSQL server, for tests that need a separate database.</summary>
    public TestPostgres Postgres => _postgres!;

    /// <summary>The address of the server.</summary>
    public Uri Address => new(_app!.Urls.First());

    /// <summary>The services of the server.</summary>
    public IServiceProvider Services => _app!.Services;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _postgres = await TestPostgres.StartAsync();
        _template = await _postgres.CreateDatabaseAsync();
        await (await StartAsync(_template)).DisposeAsync();
        ConnectionString = await CreateDatabaseAsync();
        _app = await StartAsync(ConnectionString);
    }

    /// <summary>Creates a migrated database, a copy of a template, because migrations take seconds.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateDatabaseAsync() => Postgres.CopyDatabaseAsync(_template);

    /// <summary>Starts another server with other settings and waits until it is ready.</summary>
    public static Task<WebApplication> StartAsync(string connectionString, params (string Name, string Value)[] settings) =>
        StartAsync(connectionString, _ => { }, settings => settings, settings);

    /// <summary>Starts another server with services or options that are not configurable and waits until it is ready.</summary>
    internal static async Task<WebApplication> StartAsync(
        string connectionString, Action<WebApplicationBuilder> configure, Func<ServerOptions, ServerOptions> change,
        params (string Name, string Value)[] settings)
    {
        var builder = HostConfiguration.CreateBuilder([]);
        builder.Configuration["RateLimits:Enabled"] = "false";
        builder.Configuration["Shutdown:DelaySeconds"] = "0";
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["ConnectionStrings:Batches"] = connectionString;
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var errors = new ValidationErrors();
        var read = ServerOptions.Read(builder.Configuration, isDevelopment: false, errors);
        Assert.Empty(errors);
        builder.Services.AddSingleton<HostResolver>(ResolveHost);
        configure(builder);
        var app = Program.Build(builder, change(read), connectionString);
        await app.StartAsync();
        using var client =
            new HttpClient { BaseAddress = new Uri(app.Urls.First().Replace("[::]", "localhost", StringComparison.Ordinal)) };
        for (var waiting = Stopwatch.StartNew();
            !(await client.GetAsync(HealthEndpoints.ReadyPath)).IsSuccessStatusCode;
            await Task.Delay(50))
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), "The server did not become ready within 30 s.");
        }
        return app;
    }

    /// <summary>Events are not sent to other machines.</summary>
    private static Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation) => host == "localhost"
        ? Task.FromResult<IPAddress[]>([IPAddress.Loopback])
        : throw new SocketException((int)SocketError.HostNotFound);

    /// <summary>A client without a credential.</summary>
    public HttpClient CreateAnonymousClient() => new() { BaseAddress = Address };

    /// <summary>A client with a key or an access token.</summary>
    public HttpClient CreateClient(string secret) => CreateClient(Address, secret);

    /// <summary>A client of another server with a key or an access token.</summary>
    public static HttpClient CreateClient(Uri address, string secret)
    {
        var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    /// <summary>A client with a key of an account, a new one by default.</summary>
    public async Task<HttpClient> CreateClientAsync(
        string scope = "write", string? account = null, string? policy = null, string name = "test") =>
        CreateClient((await CreateKeyAsync(scope, account, policy: policy, name: name)).Secret);

    /// <summary>The author of the keys and users of tests.</summary>
    internal static Actor Operator { get; } = Actor.ForCommand("test");

    /// <summary>The password of the users that <see cref="SignInAsync"/> creates.</summary>
    public const string Password = "correct horse battery staple";

    /// <summary>Creates a key, and its account if it does not exist.</summary>
    public async Task<(string Id, string Secret)> CreateKeyAsync(
        string scope = "write", string? account = null, TimeSpan? expiresIn = null, string? policy = null,
        string name = "test")
    {
        account ??= NewAccountName();
        await using var services = Services.CreateAsyncScope();
        var keys = services.ServiceProvider.GetRequiredService<ApiKeyStore>();
        var accounts = services.ServiceProvider.GetRequiredService<AccountStore>();
        var owner = await accounts.FindAsync(account, default) ?? await accounts.CreateAsync(account, default);
        var request = new NewApiKey(
            name, Enum.Parse<Scope>(scope, ignoreCase: true), policy, TimeProvider.System.GetUtcNowMicroseconds() + expiresIn);
        var (key, secret) = (await keys.CreateAsync(owner!.Id, request, Operator, default)).Value;
        return (key.Id, secret);
    }

    /// <summary>The number of an account in the database.</summary>
    public async Task<int> AccountIdAsync(string account)
    {
        await using var services = Services.CreateAsyncScope();
        return (await services.ServiceProvider.GetRequiredService<AccountStore>().FindAsync(account, default))!.Id;
    }

    /// <summary>Creates a user, and the account if it does not exist.</summary>
    public async Task CreateUserAsync(
        string email, string password, string scope = "write", string? account = null, string? policy = null)
    {
        account ??= NewAccountName();
        await using var services = Services.CreateAsyncScope();
        var accounts = services.ServiceProvider.GetRequiredService<AccountStore>();
        var owner = await accounts.FindAsync(account, default) ?? await accounts.CreateAsync(account, default);
        var created = await services.ServiceProvider.GetRequiredService<UserStore>()
            .CreateAsync(owner!.Id, new NewUser(email, password, Enum.Parse<Scope>(scope, ignoreCase: true), policy), Operator, default);
        Assert.Null(created.Problem);
    }

    /// <summary>Creates a user, and the account if it does not exist, and returns an access token.</summary>
    public async Task<(string Email, string Token)> SignInAsync(string scope = "write", string? account = null, string? policy = null)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        await CreateUserAsync(email, Password, scope, account, policy);
        await using var services = Services.CreateAsyncScope();
        var token = await services.ServiceProvider.GetRequiredService<UserStore>().SignInAsync(email, Password, default);
        return (email, token!);
    }

    /// <summary>Analyzes the tables after many batches were added. PostgreSQL would do so later; until then it plans for few of them. It
    /// must not do so again between two requests, because estimates change then.</summary>
    internal static async Task FixStatisticsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            ALTER TABLE batches SET (autovacuum_enabled = false);
            ALTER TABLE batch_search SET (autovacuum_enabled = false);
            ANALYZE batches, batch_search
            """,
            connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A unique account name.</summary>
    public static string NewAccountName() => string.Create(CultureInfo.InvariantCulture, $"account-{Guid.NewGuid():N}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (_postgres is null)
            return;
        foreach (var database in new[] { ConnectionString, _template }.Where(database => database.Length > 0))
            await _postgres.DropDatabaseAsync(database);
        await _postgres.DisposeAsync();
    }
}

#if DEV_SERVER
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.DevServer;
using BatchesApi.Storage;
#endif

namespace BatchesApi.Hosting;

/// <summary>The development server, if no connection string is set: a private PostgreSQL and a demo account (specification, section
/// 7).</summary>
internal sealed class DevelopmentServer : IAsyncDisposable
{
#if DEV_SERVER
    private readonly string _folder;
    private readonly PrivatePostgres _postgres;

    private DevelopmentServer(string folder, PrivatePostgres postgres) => (_folder, _postgres) = (folder, postgres);

    /// <summary>How to reach the private PostgreSQL.</summary>
    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>Starts the private PostgreSQL.</summary>
    public static async Task<DevelopmentServer> StartAsync()
    {
        try
        {
            var folder = await DataFolder.FindAsync(CancellationToken.None);
            return new DevelopmentServer(
                folder,
                await PrivatePostgres.StartAsync(folder, new PrivatePostgresOptions(), Console.Error.WriteLine, CancellationToken.None));
        }
        catch (PostgresUnavailableException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    /// <summary>Makes the database available to commands, and prints the address and the demo key.</summary>
    public async Task WelcomeAsync(WebApplication app)
    {
        await ConnectionStringFile.WriteAsync(_folder, ConnectionString, CancellationToken.None);
        try
        {
            // The start does not wait for a migration that takes long.
            await app.Services.GetRequiredService<DatabaseState>().WaitUntilUsableAsync(app.Lifetime.ApplicationStopping);
            await using var scope = app.Services.CreateAsyncScope();
            var accounts = scope.ServiceProvider.GetRequiredService<AccountStore>();
            var keys = scope.ServiceProvider.GetRequiredService<ApiKeyStore>();
            var key = await DemoKey.GetAsync(_folder, accounts, keys, app.Lifetime.ApplicationStopping);
            var address = app.Services.GetRequiredService<ServerOptions>().Address;
            Welcome(address.PublicUrl?.ToString() ?? $"{app.Urls.First()}{address.PathBase}", _folder, key);
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl-C came first.
        }
    }

    /// <summary>Returns the connection string of the development server that is running, or null.</summary>
    public static Task<string?> FindConnectionStringAsync(CancellationToken cancellation) => ConnectionStringFile.ReadAsync(cancellation);

    /// <summary>Stops the private PostgreSQL.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            ConnectionStringFile.Delete(_folder);
        }
        finally
        {
            await _postgres.DisposeAsync();
        }
    }

    private static void Welcome(string address, string folder, string key) => Console.WriteLine(
        $"""

          Batches API is running, on a private PostgreSQL with its data in {folder}.

            Swagger UI   {address}/swagger
            API          {address}{BatchRoutes.Path}
            Key          {key}
                         gives access to the account '{DemoKey.AccountName}'; in Swagger UI, enter it at the padlock

          Try it:

            curl -H "Authorization: Bearer {key}" {address}{BatchRoutes.Path}

          Ctrl-C stops both.

        """);
#else
    public string ConnectionString => throw new NotSupportedException();

    public static Task<DevelopmentServer> StartAsync() =>
        throw new StartupException("A published server has no development database. Set ConnectionStrings__Batches.");

    public Task WelcomeAsync(WebApplication app) => throw new NotSupportedException();

    public static Task<string?> FindConnectionStringAsync(CancellationToken _) => Task.FromResult<string?>(null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
#endif
}

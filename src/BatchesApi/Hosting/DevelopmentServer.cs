#if DEV_SERVER
using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.DevServer;
#endif

namespace BatchesApi.Hosting;

/// <summary>The server on a machine with nothing configured: with a private PostgreSQL, a demo account and a word of welcome (specification,
/// section 7).</summary>
internal static class DevelopmentServer
{
#if DEV_SERVER
    /// <summary>Serves until the process is told to stop, then stops the private PostgreSQL too.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, ServerOptions options)
    {
        var folder = await DataFolder.FindAsync(CancellationToken.None);
        await using var postgres = await StartPostgresAsync(folder);
        await using var app = ServerFactory.Build(builder, options, postgres.ConnectionString);
        if (!await ServerFactory.StartAsync(app))
            return 0;
        try
        {
            await ConnectionStringFile.WriteAsync(folder, postgres.ConnectionString, CancellationToken.None);
            await WelcomeAsync(app, folder);
            return await ServerFactory.WaitForShutdownAsync(app);
        }
        finally
        {
            ConnectionStringFile.Delete(folder);
        }
    }

    /// <summary>Returns the connection string of the development server that is running, or null.</summary>
    public static Task<string?> FindConnectionStringAsync(CancellationToken cancellation) => ConnectionStringFile.ReadAsync(cancellation);

    private static async Task<PrivatePostgres> StartPostgresAsync(string folder)
    {
        try
        {
            return await PrivatePostgres.StartAsync(folder, new PrivatePostgresOptions(), Console.Error.WriteLine, CancellationToken.None);
        }
        catch (PostgresUnavailableException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    private static async Task WelcomeAsync(WebApplication app, string folder)
    {
        try
        {
            await using var scope = app.Services.CreateAsyncScope();
            var (accounts, keys) = (scope.ServiceProvider.GetRequiredService<AccountStore>(), scope.ServiceProvider.GetRequiredService<ApiKeyStore>());
            Welcome(app.Urls.First(), folder, await DemoKey.GetAsync(folder, accounts, keys, app.Lifetime.ApplicationStopping));
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Ctrl-C came first.
        }
    }

    private static void Welcome(string address, string folder, string key) => Console.WriteLine(
        $"""

          Batches API is running, on a private PostgreSQL with its data in {folder}.

            Swagger UI   {address}/swagger
            API          {address}{BatchRoutes.Path}
            Key          {key}
                         opens the account '{DemoKey.AccountName}'; paste it behind the padlock in Swagger UI

          Try it:

            curl -H "Authorization: Bearer {key}" {address}{BatchRoutes.Path}

          Ctrl-C stops both.

        """);
#else
    private const string NotIncluded = "A published server has no development database. Set ConnectionStrings__Batches.";

    /// <summary>Fails: this build has no development database.</summary>
    public static Task<int> RunAsync(WebApplicationBuilder builder, ServerOptions options) => throw new StartupException(NotIncluded);

    /// <summary>Returns null: this build has no development database.</summary>
    public static Task<string?> FindConnectionStringAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);
#endif
}

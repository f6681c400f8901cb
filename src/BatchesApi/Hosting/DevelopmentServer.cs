using BatchesApi.Access;
using BatchesApi.Batches;
using BatchesApi.Development;

namespace BatchesApi.Hosting;

/// <summary>The server on a machine with nothing configured: with a private PostgreSQL, a demo account and a word of welcome (contract,
/// section 7).</summary>
internal static class DevelopmentServer
{
    /// <summary>Serves until the process is told to stop, then stops the private PostgreSQL too.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, Settings settings)
    {
        var folder = await DataFolder.FindAsync(CancellationToken.None);
        await using var postgres = await PrivatePostgres.StartAsync(
            folder, new PrivatePostgresOptions(), Console.Error.WriteLine, CancellationToken.None);
        await using var app = Server.Build(builder, settings, postgres.ConnectionString);
        if (!await Server.StartAsync(app))
            return 0;
        try
        {
            await RunningServer.AnnounceAsync(folder, postgres.ConnectionString, CancellationToken.None);
            await WelcomeAsync(app, folder);
            return await Server.WaitForShutdownAsync(app);
        }
        finally
        {
            RunningServer.Withdraw(folder);
        }
    }

    private static async Task WelcomeAsync(WebApplication app, string folder)
    {
        try
        {
            await using var scope = app.Services.CreateAsyncScope();
            var keys = scope.ServiceProvider.GetRequiredService<KeyRegister>();
            Welcome(app.Urls.First(), folder, await DemoKey.GetAsync(folder, keys, app.Lifetime.ApplicationStopping));
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
}

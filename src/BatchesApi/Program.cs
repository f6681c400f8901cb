using BatchesApi.Access;
using BatchesApi.Administration;
using BatchesApi.Batches;
using BatchesApi.Changes;
using BatchesApi.Cli;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Hosting.Telemetry;
using BatchesApi.OpenApi;
using BatchesApi.Storage;
using BatchesApi.Webhooks;

namespace BatchesApi;

/// <summary>Runs the server, or a command. Exit codes: 0, or 1 if the server cannot start or continue; for commands see
/// <see cref="Commands"/>.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (!Commands.AreSettings(args))
            return await Commands.RunAsync(args);
        try
        {
            var builder = HostConfiguration.CreateBuilder(args);
            var errors = new ValidationErrors();
            var options = ServerOptions.Read(builder.Configuration, builder.Environment.IsDevelopment(), errors);
            if (errors.HasErrors)
                throw new StartupException(ServerOptions.Describe(errors));

            await using var development = options.ConnectionString is null ? await DevelopmentServer.StartAsync() : null;
            await using var app = Build(builder, options, options.ConnectionString ?? development!.ConnectionString);
            return await ServerLifetime.RunAsync(app, () => development?.WelcomeAsync(app) ?? Task.CompletedTask);
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(StartupFailure.Describe(exception));
            return 1;
        }
    }

    /// <summary>Builds the server, ready to start.</summary>
    public static WebApplication Build(WebApplicationBuilder builder, ServerOptions options, string connectionString)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.SetLimits(options.Connections));
        builder.Services
            .AddHosting(options)
            .AddStorage(connectionString, options.Storage)
            .AddAccess(options.Limits)
            .AddBatches(options.Requests, options.Concurrency)
            .AddChanges()
            .AddAdministration()
            .AddWebhooks(options.Webhooks)
            .AddTelemetry(options.Telemetry, builder.Configuration)
            .AddOpenApi();

        var app = builder.Build();
        app.UseMiddleware(options);
        app.MapRoutes(options);
        return app;
    }
}

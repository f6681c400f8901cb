using System.CommandLine;
using BatchesApi.Domain;
using BatchesApi.Hosting;

namespace BatchesApi.Cli;

/// <summary>The verbs that look after a server.</summary>
internal static class Maintenance
{
    /// <summary>How long a probe waits for an answer.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The verb <c>migrate</c>.</summary>
    public static Command Migrate()
    {
        var command = new Command(
            "migrate",
            """
            Brings the database up to date. The server does so too when it starts; this is for those who deploy the two apart.

            Example:
              ConnectionStrings__Batches='Host=db;Database=batches;Username=batches;Password=…' BatchesApi migrate
            """);
        command.SetAction((_, cancellation) => CommandSession.WithAnyVersionAsync(
            async db =>
            {
                var applied = await MigrationService.MigrateAsync(db, cancellation);
                await Console.Error.WriteLineAsync(applied == 0 ? "The database is up to date." : $"Applied {applied} migration(s).");
                return 0;
            },
            cancellation));
        return command;
    }

    /// <summary>The verb <c>ready</c>.</summary>
    public static Command Ready()
    {
        var command = new Command(
            "ready",
            """
            Asks the server on this machine whether it is ready, at the addresses of the settings (ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS): 0 if so, else 1.

            Example:
              HEALTHCHECK CMD ["/app/BatchesApi", "ready"]
            """);
        command.SetAction(async (_, cancellation) =>
        {
            var configuration = HostConfiguration.CreateBuilder([]).Configuration;
            var errors = new ValidationErrors();
            FrameworkOptionsValidator.CheckAddresses(configuration, errors);
            if (errors.HasErrors)
                return await CommandSession.FailAsync(ServerOptions.Describe(errors));
            var address = new Uri(LocalAddress(configuration), HealthEndpoints.ReadyPath);
            using var client = new HttpClient { Timeout = ProbeTimeout };
            try
            {
                using var response = await client.GetAsync(address, cancellation);
                await Console.Error.WriteLineAsync($"{address} answers {(int)response.StatusCode}.");
                return response.IsSuccessStatusCode ? 0 : Commands.Failed;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                return await CommandSession.FailAsync($"{address} does not answer: {exception.Message}");
            }
        });
        return command;
    }

    /// <summary>Where a server with this configuration listens, as seen from its own machine.</summary>
    internal static Uri LocalAddress(IConfiguration configuration)
    {
        var url = First(configuration["urls"]);
        if (url is null && First(configuration["http_ports"]) is { } port)
            url = $"http://*:{port}";
        var address = Microsoft.AspNetCore.Http.BindingAddress.Parse(url ?? "http://localhost:5000");
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }

    private static string? First(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
}

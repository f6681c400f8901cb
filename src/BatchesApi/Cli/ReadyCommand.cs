using System.CommandLine;
using BatchesApi.Domain;
using BatchesApi.Hosting;

namespace BatchesApi.Cli;

internal static class ReadyCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var command = new CliCommand(
            "ready",
            "Checks whether the server on this machine is ready.",
            """
            The address comes from ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS.
            Exits with 0 if the server is ready, otherwise with 1.

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
            var address = new Uri(GetLocalAddress(configuration), HealthEndpoints.ReadyPath);
            using var client = new HttpClient { Timeout = Timeout };
            try
            {
                using var response = await client.GetAsync(address, cancellation);
                await Console.Error.WriteLineAsync($"{address} returned {(int)response.StatusCode}.");
                return response.IsSuccessStatusCode ? 0 : Commands.Failed;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                return await CommandSession.FailAsync($"{address} does not respond: {exception.Message}");
            }
        });
        return command;
    }

    /// <summary>Returns the address of a server with this configuration, as seen from its machine.</summary>
    internal static Uri GetLocalAddress(IConfiguration configuration)
    {
        var url = GetFirst(configuration["urls"]);
        if (url is null && GetFirst(configuration["http_ports"]) is { } port)
            url = $"http://*:{port}";
        var address = BindingAddress.Parse(url ?? "http://localhost:5000");
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return new UriBuilder(address.Scheme, host, address.Port).Uri;
    }

    private static string? GetFirst(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
}

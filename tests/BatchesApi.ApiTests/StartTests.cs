using System.Net;
using System.Reflection;
using BatchesApi.Hosting;
using Microsoft.AspNetCore.Builder;

namespace BatchesApi.ApiTests;

public sealed class StartTests(ApiServer given)
{
    [Fact]
    public async Task Servers_that_start_together_on_an_empty_database_all_become_ready()
    {
        var connectionString = await given.Postgres.CreateDatabaseAsync();
        WebApplication[] servers = [];
        try
        {
            servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ApiServer.StartAsync(connectionString)));
            foreach (var server in servers)
            {
                using var client = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
                var tries = 0;
                while (await StatusAsync(client) != HttpStatusCode.OK)
                {
                    Assert.True(++tries < 100, "The server did not become ready within 10 s.");
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
                }
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
            await given.Postgres.DropDatabaseAsync(connectionString);
        }
    }

    [Fact]
    public async Task A_ready_server_reports_its_version()
    {
        using var client = given.CreateAnonymousClient();
        var ready = await client.GetJsonAsync("/health/ready");
        var version = typeof(ServerOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.Equal(["status", "version"], ready.AsObject().Select(member => member.Key));
        Assert.Equal(("ready", version), ((string?)ready["status"], (string?)ready["version"]));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var response = await client.SendAsync("GET", "/health/ready");
        return response.StatusCode;
    }
}

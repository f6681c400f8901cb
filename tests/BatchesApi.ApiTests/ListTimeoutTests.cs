using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Lists:TimeoutSeconds</c>: how long a list may keep the database busy.</summary>
public sealed class ListTimeoutTests(ApiServer given)
{
    /// <summary>Half of them are for lists, and half of those for one account.</summary>
    private const int Connections = 16;

    [Theory]
    [InlineData(null)]

    // What other statements may take does not cut lists short.
    [InlineData(1)]
    public async Task A_list_that_takes_too_long_is_given_up_and_the_server_goes_on(int? commandTimeout)
    {
        await using var server = await StartAsync(timeoutSeconds: 3, commandTimeout);
        using var client = server.CreateClient((await server.CreateAccountAsync("slow")).Key);
        var id = await client.CreateIdAsync();
        string[] lists = [Http.Batches, $"{Http.Deleted}?count=none", $"{Http.Batches}?q=a", $"{Http.Batches}?fields=leadIds:a&count=exact"];

        await using (await server.LockBatchesAsync())
        {
            await Task.WhenAll(lists.Select(async list =>
            {
                using var response = await client.SendAsync("GET", list);
                var problem = await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
                Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
                Assert.StartsWith("The list timed out after 3 s. ", (string)problem["detail"]!, StringComparison.Ordinal);
            }));
            await UntilAsync(async () => await WaitingAsync(server) == 0, "The database is still busy with lists that were given up.");
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
        await using var server = await StartAsync(timeoutSeconds: 60);
        using var client = server.CreateClient((await server.CreateAccountAsync("slow")).Key);
        using var log = new CapturedLog();
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        await using (await server.LockBatchesAsync())
        {
            using var away = new CancellationTokenSource();
            var reading = client.GetAsync(Http.Batches, away.Token);
            await UntilAsync(async () => await WaitingAsync(server) == 1, "The list does not wait.");
            await away.CancelAsync();
            await Assert.ThrowsAsync<TaskCanceledException>(() => reading);
            await UntilAsync(() => Task.FromResult(RequestsIn(log).Count > 0), "The request does not end.");
            await UntilAsync(async () => await WaitingAsync(server) == 0, "The database is still busy with the list.");
        }

        Assert.StartsWith($"GET {Http.Batches} → 499 in ", Assert.Single(RequestsIn(log)), StringComparison.Ordinal);
        for (var i = 0; i <= Connections; i++)
            Assert.Empty(await client.ListAsync(Http.Batches));
    }

    /// <summary>Starts a server with few connections. A busy machine may take longer to hand one out than a client would like to wait.</summary>
    private Task<OwnServer> StartAsync(int timeoutSeconds, int? commandTimeout = null) => OwnServer.StartAsync(
        given,
        $"Maximum Pool Size={Connections};Timeout=30{(commandTimeout is null ? "" : $";Command Timeout={commandTimeout}")}",
        ("Lists:TimeoutSeconds", $"{timeoutSeconds}"),
        ("Logging:LogLevel:BatchesApi.Hosting.RequestLog", "Information"),
        ("Logging:Console:LogLevel:Default", "None"));

    /// <summary>How many statements wait for a lock.</summary>
    private static Task<long> WaitingAsync(OwnServer server) =>
        server.AskAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

    /// <summary>What the log says of requests.</summary>
    private static List<string> RequestsIn(CapturedLog log) =>
        [.. log.Lines.Select(line => line.Split(".RequestLog: ")).Where(parts => parts.Length > 1).Select(parts => parts[1])];

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        for (var patience = Stopwatch.StartNew(); !await condition(); await Task.Delay(20))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), otherwise);
    }
}

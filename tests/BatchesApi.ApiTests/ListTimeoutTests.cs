using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BatchesApi.ApiTests;

/// <summary>The setting <c>Lists:TimeoutSeconds</c>: the maximum time that the database spends on a list.</summary>
public sealed class ListTimeoutTests(ApiServer given)
{
    /// <summary>Half of the connections serve lists, and half of those one account.</summary>
    private const int Connections = 16;

    [Theory]
    [InlineData(null)]

    // The timeout of other statements does not apply to lists.
    [InlineData(1)]
    public async Task A_list_that_exceeds_the_timeout_is_canceled_and_the_server_keeps_serving(int? commandTimeout)
    {
        await using var server = await StartAsync(timeoutSeconds: 3, commandTimeout);
        using var client = server.CreateClient((await server.CreateAccountAsync("slow")).Key);
        var id = await client.CreateIdAsync();
        string[] lists = commandTimeout is null
            ? [Http.Batches, $"{Http.Deleted}?count=none", $"{Http.Batches}?q=a", $"{Http.Batches}?fields=leadIds:a&count=exact"]
            : [Http.Batches, $"{Http.Batches}/groups?by=assignee", $"{Http.Batches}/changes?since=start", $"{Http.Batches}?q=a"];

        await using (await server.LockBatchesAsync())
        {
            await Task.WhenAll(lists.Select(async list =>
            {
                using var response = await client.SendAsync("GET", list);
                var problem = await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
                Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
                Assert.Contains(" timed out after 3 s. ", (string)problem["detail"]!, StringComparison.Ordinal);
            }));
            await WaitUntilAsync(async () => await CountWaitingAsync(server) == 0, "The database is still busy with lists that timed out.");
        }

        // More requests than connections, as many at a time as the limit of lists allows.
        for (var i = 0; i < Connections; i++)
        {
            var pages = await Task.WhenAll(lists.Select(list => client.GetJsonAsync(list)));
            Assert.Equal([id], pages[0]["data"]!.AsArray().Select(record => record!.Id()));
        }
    }

    [Fact]
    public async Task A_client_that_disconnects_frees_the_database_and_is_not_logged_as_an_error()
    {
        await using var server = await StartAsync(timeoutSeconds: 60);
        using var client = server.CreateClient((await server.CreateAccountAsync("slow")).Key);
        using var log = new CapturedLog();
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        await using (await server.LockBatchesAsync())
        {
            using var disconnect = new CancellationTokenSource();
            var reading = client.GetAsync(Http.Batches, disconnect.Token);
            await WaitUntilAsync(async () => await CountWaitingAsync(server) == 1, "The list does not wait.");
            await disconnect.CancelAsync();
            await Assert.ThrowsAsync<TaskCanceledException>(() => reading);
            await WaitUntilAsync(() => Task.FromResult(GetRequestLines(log).Count > 0), "The request does not end.");
            await WaitUntilAsync(async () => await CountWaitingAsync(server) == 0, "The database is still busy with the list.");
        }

        Assert.StartsWith($"GET {Http.Batches} → 499 in ", Assert.Single(GetRequestLines(log)), StringComparison.Ordinal);
        for (var i = 0; i <= Connections; i++)
            Assert.Empty(await client.ListAsync(Http.Batches));
    }

    /// <summary>Starts a server with few connections. On a busy machine a connection may take longer than the default timeout.</summary>
    private Task<SeparateServer> StartAsync(int timeoutSeconds, int? commandTimeout = null) => SeparateServer.StartAsync(
        given,
        $"Maximum Pool Size={Connections};Timeout=30{(commandTimeout is null ? "" : $";Command Timeout={commandTimeout}")}",
        ("Lists:TimeoutSeconds", $"{timeoutSeconds}"),
        ("Logging:LogLevel:BatchesApi.RequestLog", "Information"),
        ("Logging:Console:LogLevel:Default", "None"));

    /// <summary>The number of statements that wait for a lock.</summary>
    private static Task<long> CountWaitingAsync(SeparateServer server) =>
        server.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

    /// <summary>The request lines of the log.</summary>
    private static List<string> GetRequestLines(CapturedLog log) =>
        [.. log.Lines.Select(line => line.Split(".RequestLog: ")).Where(parts => parts.Length > 1).Select(parts => parts[1])];

    private static async Task WaitUntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(20))
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), otherwise);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Graceful shutdown: no request is lost.</summary>
public sealed class GracefulShutdownTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_SIGTERM_the_server_reports_not_ready_then_refuses_connections_and_finishes_running_requests()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database), ("Shutdown__DelaySeconds", "3"));
        using var client = server.CreateClient(key);
        await using var locked = new NpgsqlConnection(database);
        await locked.OpenAsync(Cancellation);
        await using (var transaction = await locked.BeginTransactionAsync(Cancellation))
        {
            await using var command = new NpgsqlCommand("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE", locked);
            await command.ExecuteNonQueryAsync(Cancellation);
            var pending = client.PostAsync(
                Batches, new StringContent("""{"batchCode":"B-1","batchType":"x"}""", Encoding.UTF8, "application/json"), Cancellation);

            await server.SignalAsync("TERM");

            // The server still responds, so that load balancers learn that it is not ready.
            await WaitUntilAsync(async () =>
            {
                using var ready = await client.GetAsync("/health/ready", Cancellation);
                Assert.True(ready.StatusCode != HttpStatusCode.ServiceUnavailable || ready.Headers.ConnectionClose == true);
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
            });
            using (var live = await client.GetAsync("/health/live", Cancellation))
                Assert.Equal(HttpStatusCode.OK, live.StatusCode);

            await WaitUntilAsync(async () =>
            {
                using var other = new HttpClient { BaseAddress = server.Address };
                try
                {
                    using var response = await other.GetAsync("/health/live", Cancellation);
                    return false;
                }
                catch (HttpRequestException exception)
                {
                    return exception.HttpRequestError == HttpRequestError.ConnectionError;
                }
            });
            Assert.False(server.HasExited);
            await transaction.RollbackAsync(Cancellation);
            using var created = await pending;
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task A_request_that_exceeds_the_shutdown_timeout_is_aborted()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", $"{database};Command Timeout=60"), ("Shutdown__DelaySeconds", "0"),
            ("Shutdown__TimeoutSeconds", "1"));
        using var client = server.CreateClient(key);
        await using var locked = new NpgsqlConnection(database);
        await locked.OpenAsync(Cancellation);
        await using var transaction = await locked.BeginTransactionAsync(Cancellation);
        await using var command = new NpgsqlCommand("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE", locked);
        await command.ExecuteNonQueryAsync(Cancellation);
        var pending = client.PostAsync(
            Batches, new StringContent("""{"batchCode":"B-1","batchType":"x"}""", Encoding.UTF8, "application/json"), Cancellation);
        await Task.Delay(500, Cancellation);

        await server.SignalAsync("TERM");

        await server.WaitForExitAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => pending);
    }

    /// <summary>Replaces one server after the other under load. Clients alternate between the servers. A connection may be refused, which
    /// is safe to retry; any other failure is an error.</summary>
    [Fact]
    public async Task A_rolling_restart_loses_no_request()
    {
        var (database, key) = await databases.CreateWithKeyAsync();

        // On a busy machine a connection may take longer than the default timeout.
        (string, string?)[] settings =
            [("ConnectionStrings__Batches", $"{database};Timeout=30"), ("RateLimits__Enabled", "false"), ("Shutdown__DelaySeconds", "2")];
        var servers = new[] { await BatchesProcess.ServeAsync(settings), await BatchesProcess.ServeAsync(settings) };
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var errors = new ConcurrentQueue<string>();
            var created = new ConcurrentQueue<string>();
            var load = Enumerable.Range(0, 6).Select(worker => Task.Run(() => LoadAsync(worker), Cancellation)).ToArray();
            for (var i = 0; i < servers.Length; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
                var old = servers[i];
                var next = await BatchesProcess.ServeAsync(settings);
                await old.SignalAsync("TERM");
                Assert.Equal(0, await old.WaitForExitAsync());
                servers[i] = next;
                await old.DisposeAsync();
            }
            await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
            await end.CancelAsync();
            await Task.WhenAll(load);

            Assert.Empty(errors);
            Assert.NotEmpty(created);
            await using var source = NpgsqlDataSource.Create(database);
            await using var count = source.CreateCommand("SELECT count(*) FROM batches");
            Assert.Equal((long)created.Count, await count.ExecuteScalarAsync(Cancellation));

            async Task LoadAsync(int worker)
            {
                using var client = new HttpClient();
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
                var turn = worker;
                for (var i = 0; !end.IsCancellationRequested; i++)
                {
                    var code = $"B-{worker}-{i}";
                    for (var isDone = false; !isDone;)
                    {
                        try
                        {
                            var address = new Uri(servers[turn++ % servers.Length].Address, Batches);
                            using var response = await client.PostAsync(
                                address,
                                new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json"),
                                Cancellation);
                            if (response.StatusCode == HttpStatusCode.Created)
                                created.Enqueue(code);
                            else
                                errors.Enqueue($"{code}: {response.StatusCode}");
                            isDone = true;
                        }
                        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
                        {
                            // Refused: try the other server.
                        }
                        catch (HttpRequestException exception)
                        {
                            errors.Enqueue($"{code}: {exception.HttpRequestError} {exception.GetBaseException().Message}");
                            isDone = true;
                        }
                    }
                }
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, Cancellation))
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), "The condition was not met within 30 s.");
    }
}

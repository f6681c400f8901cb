using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>How the server ends: it loses no request.</summary>
public sealed class GracefulShutdownTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_not_ready_first_then_takes_no_more_and_finishes_what_it_has()
    {
        var database = await databases.CreateAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", database), ("Shutdown__DelaySeconds", "3"));
        using var client = await ClientAsync(database, server);
        await using var locked = new NpgsqlConnection(database);
        await locked.OpenAsync(Cancellation);
        await using (var transaction = await locked.BeginTransactionAsync(Cancellation))
        {
            await using var command = new NpgsqlCommand("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE", locked);
            await command.ExecuteNonQueryAsync(Cancellation);
            var waiting = client.PostAsync(Batches, new StringContent("""{"batchCode":"B-1","batchType":"x"}""", Encoding.UTF8, "application/json"), Cancellation);

            await server.SignalAsync("TERM");

            // It still answers, so that whoever asks learns that it is to go elsewhere.
            await UntilAsync(async () =>
            {
                using var ready = await client.GetAsync("/health/ready", Cancellation);
                Assert.True(ready.StatusCode != HttpStatusCode.ServiceUnavailable || ready.Headers.ConnectionClose == true);
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
            });
            using (var live = await client.GetAsync("/health/live", Cancellation))
                Assert.Equal(HttpStatusCode.OK, live.StatusCode);

            await UntilAsync(async () =>
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
            using var created = await waiting;
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task What_takes_too_long_is_cut_off()
    {
        var database = await databases.CreateAsync();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", $"{database};Command Timeout=60"), ("Shutdown__DelaySeconds", "0"), ("Shutdown__TimeoutSeconds", "1"));
        using var client = await ClientAsync(database, server);
        await using var locked = new NpgsqlConnection(database);
        await locked.OpenAsync(Cancellation);
        await using var transaction = await locked.BeginTransactionAsync(Cancellation);
        await using var command = new NpgsqlCommand("LOCK TABLE batches IN ACCESS EXCLUSIVE MODE", locked);
        await command.ExecuteNonQueryAsync(Cancellation);
        var waiting = client.PostAsync(Batches, new StringContent("""{"batchCode":"B-1","batchType":"x"}""", Encoding.UTF8, "application/json"), Cancellation);
        await Task.Delay(500, Cancellation);

        await server.SignalAsync("TERM");

        await server.WaitForExitAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
    }

    /// <summary>One server after the other is replaced under load. A client that takes turns may be refused a connection, which tells it that nothing was done;
    /// nothing else goes wrong.</summary>
    [Fact]
    public async Task A_rolling_restart_loses_nothing()
    {
        var database = await databases.CreateAsync();

        // A busy machine may take longer to hand out connections than a client would like to wait.
        (string, string?)[] settings = [("ConnectionStrings__Batches", $"{database};Timeout=30"), ("RateLimits__Enabled", "false"), ("Shutdown__DelaySeconds", "2")];
        var servers = new[] { await BatchesProcess.ServeAsync(settings), await BatchesProcess.ServeAsync(settings) };
        try
        {
            var (_, key, _) = await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first");
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
                                address, new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json"), Cancellation);
                            if (response.StatusCode == HttpStatusCode.Created)
                                created.Enqueue(code);
                            else
                                errors.Enqueue($"{code}: {response.StatusCode}");
                            isDone = true;
                        }
                        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
                        {
                            // Refused: the other one will do it.
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

    private static async Task<HttpClient> ClientAsync(string database, BatchesProcess server)
    {
        var (_, key, _) = await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first");
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var patience = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, Cancellation))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), "It takes too long.");
    }
}

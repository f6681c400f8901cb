using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using BatchesApi.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>Sends events to a receiver that fails often and is restarted, while the server is killed. <c>BATCHES_WEBHOOK_CHANGES=1000</c>
/// makes more changes.</summary>
public sealed class WebhookDeliveryTests(Databases databases, ITestOutputHelper output)
{
    private const int ChangesPerBatch = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly ConcurrentDictionary<(string Batch, int Version), bool> _delivered = new();
    private readonly ConcurrentDictionary<string, bool> _seen = new();
    private string _secret = "";
    private int _received;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_change_arrives_in_order_for_each_batch_despite_failures_and_a_killed_server()
    {
        var changes = Environment.GetEnvironmentVariable("BATCHES_WEBHOOK_CHANGES") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : 120;
        var database = await databases.CreateWithAccountsAsync();
        var (_, key, _) = await BatchesProcess.RunAsync(
            database, "keys", "create", "--account", "acme", "--name", "admin", "--scope", "admin");
        (string, string?)[] settings =
        [
            ("ConnectionStrings__Batches", database), ("ASPNETCORE_URLS", $"http://127.0.0.1:{Ports.FindFree()}"),
            ("RateLimits__Enabled", "false"), ("Webhooks__AllowPrivate", "true"),
        ];
        var port = Ports.FindFree();
        var receiver = await StartReceiverAsync(port);
        var server = await BatchesProcess.ServeAsync(settings);
        try
        {
            var client = server.CreateClient(key.Trim());
            await WaitUntilReadyAsync(client);
            using var created = await client.PostAsJsonAsync(
                "/api/v2/webhooks", new { url = $"http://127.0.0.1:{port}/" }, Cancellation);
            var webhook = JsonNode.Parse(await created.Content.ReadAsStringAsync(Cancellation))!;
            _secret = (string)webhook["secret"]!;

            var start = Stopwatch.StartNew();
            var batches = await ChangeAsync(client, changes / ChangesPerBatch);
            var changed = start.Elapsed;

            // The receiver is restarted, and the server is killed while events are sent.
            await WaitForAsync(() => _received >= changes / 10);
            await receiver.DisposeAsync();
            await Task.Delay(500, Cancellation);
            receiver = await StartReceiverAsync(port);
            await WaitForAsync(() => _received >= changes / 5);
            server.Kill();
            await server.DisposeAsync();
            var kill = start.Elapsed;
            var atKill = _delivered.Count;
            server = await BatchesProcess.ServeAsync(settings);

            // Retries after minutes are due immediately.
            await using var source = NpgsqlDataSource.Create(database);
            while (_delivered.Count < changes && start.Elapsed < Timeout)
            {
                await Task.Delay(1_000, Cancellation);
                await using var hurry = source.CreateCommand(
                    """
                    UPDATE webhook_deliveries SET next_attempt_at = now()
                    WHERE status = 'pending' AND failures > 1 AND next_attempt_at > now()
                    """);
                await hurry.ExecuteNonQueryAsync(Cancellation);
            }
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{changes} changes of {batches.Count} batches in {changed.TotalSeconds:0.0} s; killed after {kill.TotalSeconds:0.0} s "
                + $"with {atKill} delivered; all delivered after {start.Elapsed.TotalSeconds:0.0} s by {_arrivals.Count} requests, "
                + $"{_arrivals.Count(one => !one.IsAccepted)} of which failed"));

            Assert.All(_arrivals, one => Assert.True(one.IsSigned, $"{one.Batch} {one.Version} is not signed."));
            var first = _arrivals.GroupBy(one => one.Batch).ToDictionary(
                group => group.Key, group => group.Select(one => one.Version).Distinct().ToList());
            Assert.Equal(batches.Order(StringComparer.Ordinal), first.Keys.Order(StringComparer.Ordinal));
            Assert.All(first.Values, versions => Assert.Equal(Enumerable.Range(1, ChangesPerBatch), versions));
            Assert.Equal(changes, _delivered.Count);
        }
        finally
        {
            await server.DisposeAsync();
            await receiver.DisposeAsync();
        }
    }

    /// <summary>Creates batches and changes them, each change by one request.</summary>
    private static async Task<IReadOnlyList<string>> ChangeAsync(HttpClient client, int count)
    {
        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation },
            async (i, cancellation) =>
            {
                using var response = await client.PostAsJsonAsync(
                    "/api/v2/batches", new { batchCode = $"B-{i}", batchType = "renewal" }, cancellation);
                var id = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation))!["id"]!;
                ids.Add(id);
                for (var version = 2; version <= ChangesPerBatch; version++)
                {
                    using var changed = await client.PatchAsJsonAsync(
                        $"/api/v2/batches/{id}", new { summary = $"{version}" }, cancellation);
                    changed.EnsureSuccessStatusCode();
                }
            });
        return [.. ids];
    }

    /// <summary>Starts a receiver that rejects the first attempt of one event in three, and closes the connection for one in
    /// twenty.</summary>
    private async Task<WebApplication> StartReceiverAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(ReceiveAsync);
        await app.StartAsync(Cancellation);
        return app;
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var bytes = content.ToArray();
        var headers = context.Request.Headers;
        var id = headers["webhook-id"].ToString();
        var isSigned = headers["webhook-signature"] == WebhookSecret.Sign([_secret], id, headers["webhook-timestamp"].ToString(), bytes);
        var data = JsonNode.Parse(bytes)!["data"]!;
        var (batch, version) = ((string)data["id"]!, (int)data["version"]!);
        var number = Interlocked.Increment(ref _received);
        var isFirst = _seen.TryAdd(id, true);
        var isAccepted = !isFirst || (number % 3 != 0 && number % 20 != 0);
        _arrivals.Enqueue(new Arrival(batch, version, isSigned, isAccepted));
        if (isAccepted)
        {
            _delivered.TryAdd((batch, version), true);
        }
        else if (number % 20 == 0)
        {
            await Task.Delay(300, context.RequestAborted);
            context.Abort();
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (var waiting = Stopwatch.StartNew(); !condition(); await Task.Delay(20, Cancellation))
            Assert.True(waiting.Elapsed < Timeout);
    }

    private static Task WaitUntilReadyAsync(HttpClient client) => WaitForResponseAsync(client, "/health/ready");

    private static async Task WaitForResponseAsync(HttpClient client, string path)
    {
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(50, Cancellation))
        {
            Assert.True(waiting.Elapsed < Timeout);
            using var response = await client.GetAsync(path, Cancellation);
            if (response.StatusCode == HttpStatusCode.OK)
                return;
        }
    }

    private sealed record Arrival(string Batch, int Version, bool IsSigned, bool IsAccepted);
}

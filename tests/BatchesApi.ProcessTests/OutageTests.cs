using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>PostgreSQL becomes unavailable and available again.</summary>
public sealed class OutageTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task During_an_outage_every_response_is_503_and_no_acknowledged_write_is_lost()
    {
        var (database, key) = await databases.CreateWithKeyAsync();
        await using var proxy = DatabaseProxy.Create(database);
        proxy.Open();
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", proxy.ConnectionString), ("RateLimits__Enabled", "false"));
        using var client = server.CreateClient(key);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var responses = new ConcurrentQueue<RecordedResponse>();
        var load = Enumerable.Range(0, 8).Select(worker => LoadAsync(client, worker, responses, end.Token)).ToArray();

        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        var cut = Stopwatch.GetTimestamp();
        proxy.Close();
        await Task.Delay(Outage, Cancellation);
        using (var live = await client.GetAsync("/health/live", Cancellation))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using (var ready = await client.GetAsync("/health/ready", Cancellation))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        proxy.Open();
        var restored = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(3.5), Cancellation);
        await end.CancelAsync();
        await Task.WhenAll(load);

        Assert.False(server.HasExited);
        var between = responses.Where(a => a.Start > cut && a.End < restored).ToList();
        Assert.NotEmpty(between);
        Assert.All(between, response => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (response.Status, response.HasRetryAfter)));

        // The server waits a second for a connection; other tests on a busy machine add to it.
        Assert.All(responses, response => Assert.InRange(Stopwatch.GetElapsedTime(response.Start, response.End).TotalSeconds, 0, 5));
        Assert.All(responses.Where(a => a.Start < cut && a.End < cut), response => Assert.InRange((int)response.Status, 200, 201));
        Assert.All(
            responses.Where(a => Stopwatch.GetElapsedTime(restored, a.Start) > TimeSpan.FromSeconds(2)),
            response => Assert.InRange((int)response.Status, 200, 201));

        var codes = responses.Where(a => a.Status == HttpStatusCode.Created).Select(a => a.Code!).ToHashSet();
        Assert.NotEmpty(codes);
        codes.ExceptWith(await CodesAsync(client));
        Assert.Empty(codes);
    }

    [Fact]
    public async Task A_server_started_before_PostgreSQL_serves_once_it_is_available()
    {
        await using var proxy = DatabaseProxy.Create(await databases.CreateAsync());
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", proxy.ConnectionString));
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);

        proxy.Open();

        var waiting = Stopwatch.StartNew();
        while ((await client.GetAsync("/health/ready", Cancellation)).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(15), "The server did not become ready within 15 s.");
            await Task.Delay(50, Cancellation);
        }
    }

    private static async Task LoadAsync(HttpClient client, int worker, ConcurrentQueue<RecordedResponse> responses, CancellationToken end)
    {
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            var code = n % 2 == 0 ? $"B-{worker}-{n}" : null;
            using var request = new HttpRequestMessage(code is null ? HttpMethod.Get : HttpMethod.Post, Batches);
            if (code is not null)
                request.Content = new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json");
            var start = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, Cancellation);
            responses.Enqueue(
                new RecordedResponse(start, Stopwatch.GetTimestamp(), response.StatusCode, response.Headers.RetryAfter is not null, code));
            await Task.Delay(5, Cancellation);
        }
    }

    private static async Task<HashSet<string>> CodesAsync(HttpClient client)
    {
        var codes = new HashSet<string>();
        for (var page = 1; ; page++)
        {
            var json = JsonNode.Parse(await client.GetStringAsync($"{Batches}?fields=batchCode&limit=1000&page={page}", Cancellation))!;
            if (json["data"]!.AsArray() is not { Count: > 0 } batches)
                return codes;
            codes.UnionWith(batches.Select(batch => (string)batch!["batchCode"]!));
        }
    }

    private sealed record RecordedResponse(long Start, long End, HttpStatusCode Status, bool HasRetryAfter, string? Code);
}

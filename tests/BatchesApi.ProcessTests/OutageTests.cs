using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>PostgreSQL goes away and comes back.</summary>
public sealed class OutageTests(Databases databases)
{
    private const string Batches = "/api/v2/batches";
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Under_load_there_are_only_503s_meanwhile_and_nothing_acknowledged_is_lost()
    {
        var database = await databases.CreateAsync();
        await using var wire = Wire.To(database);
        wire.Mend();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", wire.ConnectionString), ("RateLimits__Enabled", "false"));
        var (_, key, _) = await BatchesProcess.RunAsync(database, "accounts", "create", "--name", "acme", "--with-key", "first");
        using var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var responses = new ConcurrentQueue<StoredResponse>();
        var load = Enumerable.Range(0, 8).Select(worker => LoadAsync(client, worker, responses, end.Token)).ToArray();

        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        var cut = Stopwatch.GetTimestamp();
        wire.Cut();
        await Task.Delay(Outage, Cancellation);
        using (var live = await client.GetAsync("/health/live", Cancellation))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using (var ready = await client.GetAsync("/health/ready", Cancellation))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        wire.Mend();
        var mended = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(4), Cancellation);
        await end.CancelAsync();
        await Task.WhenAll(load);

        Assert.False(server.HasExited);
        var between = responses.Where(a => a.Start > cut && a.End < mended).ToList();
        Assert.NotEmpty(between);
        Assert.All(between, answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.Status, answer.SaysWhenToRetry)));

        // The server waits a second for a connection; a machine that is busy with other tests adds to it.
        Assert.All(responses, answer => Assert.InRange(Stopwatch.GetElapsedTime(answer.Start, answer.End).TotalSeconds, 0, 5));
        Assert.All(responses.Where(a => a.Start < cut && a.End < cut), answer => Assert.InRange((int)answer.Status, 200, 201));
        Assert.All(
            responses.Where(a => Stopwatch.GetElapsedTime(mended, a.Start) > TimeSpan.FromSeconds(2)),
            answer => Assert.InRange((int)answer.Status, 200, 201));

        var codes = responses.Where(a => a.Status == HttpStatusCode.Created).Select(a => a.Code!).ToHashSet();
        Assert.NotEmpty(codes);
        codes.ExceptWith(await CodesAsync(client));
        Assert.Empty(codes);
    }

    [Fact]
    public async Task A_server_that_starts_before_PostgreSQL_serves_as_soon_as_that_is_there()
    {
        await using var wire = Wire.To(await databases.CreateAsync());
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", wire.ConnectionString));
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);

        wire.Mend();

        var patience = Stopwatch.StartNew();
        while ((await client.GetAsync("/health/ready", Cancellation)).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(15), "The server did not become ready.");
            await Task.Delay(50, Cancellation);
        }
    }

    private static async Task LoadAsync(HttpClient client, int worker, ConcurrentQueue<StoredResponse> responses, CancellationToken end)
    {
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            var code = n % 2 == 0 ? $"B-{worker}-{n}" : null;
            using var request = new HttpRequestMessage(code is null ? HttpMethod.Get : HttpMethod.Post, Batches);
            if (code is not null)
                request.Content = new StringContent($$"""{"batchCode":"{{code}}","batchType":"x"}""", Encoding.UTF8, "application/json");
            var start = Stopwatch.GetTimestamp();
            using var response = await client.SendAsync(request, Cancellation);
            responses.Enqueue(new StoredResponse(start, Stopwatch.GetTimestamp(), response.StatusCode, response.Headers.RetryAfter is not null, code));
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

    private sealed record StoredResponse(long Start, long End, HttpStatusCode Status, bool SaysWhenToRetry, string? Code);
}

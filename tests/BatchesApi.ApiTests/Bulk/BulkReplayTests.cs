using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>The header <c>Idempotency-Key</c> and the rate limits of the bulk routes (specification, sections 2, 6 and 8).</summary>
public sealed class BulkReplayTests(ApiServer server) : AccountTest(server)
{
    private const string Bulk = $"{Http.Batches}/bulk";

    [Fact]
    public async Task Every_bulk_write_is_replayed_by_its_key_and_done_once()
    {
        var bodies = new Dictionary<string, string?>
        {
            ["create"] = $"[{Http.Batch("B-1")},{Http.Batch("B-2")}]",
            ["update"] = """{"where":{"batchType":"renewal"},"set":{"rating":3}}""",
            ["delete"] = """{"where":{"rating":3}}""",
            ["restore"] = """{"where":{"rating":3},"expect":2}""",
        };
        foreach (var (route, body) in bodies)
            await AssertReplayedAsync($"{Bulk}/{route}", body, route);
        var versions = await VersionsAsync();
        Assert.Equal([4, 4], versions);

        var id = (await Client.ListAsync(Http.Batches))[0]!.Id();
        var changeId = (string?)(await Client.ListAsync($"{Http.Batches}/{id}/history"))[0]!["changeId"];
        await AssertReplayedAsync($"{Bulk}/{changeId}/undo", null, "undo");
        Assert.Empty(await Client.ListAsync(Http.Batches));

        // A key belongs to one route and one body.
        await SendAsync($"{Bulk}/delete", bodies["delete"], "update")
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await SendAsync($"{Bulk}/update", """{"where":{"batchType":"renewal"},"set":{"rating":4}}""", "update")
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await SendAsync($"{Bulk}/{TestRoutes.UnknownId}/undo", null, "undo")
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_bulk_write_that_was_rejected_or_rolled_back_can_be_repeated_with_its_key()
    {
        await SendAsync($"{Bulk}/update", """{"where":{"rating":1},"set":{"rating":2},"expect":1}""", "k")
            .ProblemAsync(HttpStatusCode.Conflict, "count_differs");
        await SendAsync($"{Bulk}/restore", $$"""{"ids":["{{TestRoutes.UnknownId}}"]}""", "k")
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        await SendAsync($"{Bulk}/{TestRoutes.UnknownId}/undo", null, "k").ProblemAsync(HttpStatusCode.NotFound, "change_not_found");
        await Client.CreateAsync(Http.Batch("B-1", "\"rating\":1"));
        await SendAsync($"{Bulk}/update", """{"where":{"rating":1},"set":{"rating":2},"dryRun":true}""", "k").JsonAsync();
        var result = await SendAsync($"{Bulk}/update", """{"where":{"rating":1},"set":{"rating":2}}""", "k").JsonAsync();
        Assert.Equal(1, (int?)result["changed"]);
    }

    [Fact]
    public async Task Concurrent_requests_with_one_key_are_done_once()
    {
        await Client.SendAsync("POST", $"{Bulk}/create", $"[{Http.Batch("B-1")},{Http.Batch("B-2")}]").JsonAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(
            $"{Bulk}/update", """{"where":{"batchType":"renewal"},"set":{"leadIds":{"add":["x"]}}}""", "k").JsonAsync()));
        Assert.Single(results.Select(result => result.ToJsonString()).Distinct());
        Assert.Equal([2, 2], await VersionsAsync());
    }

    [Fact]
    public async Task Every_bulk_write_counts_as_intensive()
    {
        await using var limited = await ApiServer.StartAsync(
            Server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Intensive:PerMinute", "3"));
        foreach (var (route, body) in ((string, string?)[])
            [
                ("create", $"[{Http.Batch()}]"), ("update", """{"where":{"rating":1},"set":{}}"""),
                ("delete", """{"where":{"rating":1}}"""), ("restore", """{"where":{"rating":1}}"""), ($"{TestRoutes.UnknownId}/undo", null),
            ])
        {
            using var client = ApiServer.CreateClient(new Uri(limited.Urls.First()), (await Server.CreateKeyAsync()).Secret);

            // Rejected requests count, too.
            for (var i = 0; i < 3; i++)
            {
                using var response = await client.SendAsync("POST", $"{Bulk}/{route}", i == 1 ? "{" : body);
                Assert.NotEqual(HttpStatusCode.TooManyRequests, response.StatusCode);
            }
            var problem = await client.SendAsync("POST", $"{Bulk}/{route}", body)
                .ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.Contains("'intensive-minute'", (string)problem["detail"]!, StringComparison.Ordinal);
        }
    }

    private async Task AssertReplayedAsync(string address, string? body, string key)
    {
        using var first = await SendAsync(address, body, key);
        var text = await first.TextAsync(HttpStatusCode.OK);
        Assert.NotNull(JsonNode.Parse(text)!["changeId"]);
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        using var again = await SendAsync(address, body, key);
        Assert.Equal(text, await again.TextAsync(HttpStatusCode.OK));
        Assert.Equal(["true"], again.Headers.GetValues("Idempotent-Replayed"));
    }

    private async Task<IEnumerable<int>> VersionsAsync() =>
        (await Client.ListAsync(Http.Batches)).Select(batch => (int)batch!["version"]!);

    private Task<HttpResponseMessage> SendAsync(string address, string? body, string key) =>
        Client.SendAsync("POST", address, body, headers: ("Idempotency-Key", key));
}

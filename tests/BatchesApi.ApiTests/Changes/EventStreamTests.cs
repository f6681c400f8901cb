using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Changes;

/// <summary>The feed as server-sent events.</summary>
public sealed class EventStreamTests(ApiServer server) : FeedTest(server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_change_is_an_event_and_the_stream_continues_after_the_last_one()
    {
        await using var stream = await OpenAsync(Client, "", null);
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no", Assert.Single(stream.Response.Headers.GetValues("X-Accel-Buffering")));

        // The first event is only the cursor of now.
        var (now, nothing) = await stream.ReadAsync();
        Assert.Null(nothing);
        var id = await Client.CreateIdAsync();
        var (first, created) = await stream.ReadEntryAsync();
        Assert.Equal($"{id} create 1", Describe(created));
        var patched = await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":4}""").JsonAsync();
        var (_, updated) = await stream.ReadEntryAsync();
        Assert.Equal($"{id} update 2", Describe(updated));
        Http.AssertSame(patched, updated["batch"]);

        await using var again = await OpenAsync(Client, $"?since={now}", first);
        Assert.Equal($"{id} update 2", Describe((await again.ReadEntryAsync()).Entry));
        await using var since = await OpenAsync(Client, $"?since={now}", null);
        Assert.Equal($"{id} create 1", Describe((await since.ReadEntryAsync()).Entry));
    }

    [Fact]
    public async Task A_stream_can_begin_with_a_snapshot()
    {
        var ids = new HashSet<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await Client.CreateIdAsync($"B-{i}"));
        await FollowAsync(Client, "start", 5);
        await using var stream = await OpenAsync(Client, "?since=start&limit=2", null);
        for (var i = 0; i < 5; i++)
        {
            var (_, entry) = await stream.ReadEntryAsync();
            Assert.Equal("snapshot", (string?)entry["action"]);
            Assert.True(ids.Remove(entry.Id()));
        }
        var id = await Client.CreateIdAsync("new");
        Assert.Equal($"{id} create 1", Describe((await stream.ReadEntryAsync()).Entry));
    }

    [Fact]
    public async Task Changes_that_a_filter_hides_move_the_cursor()
    {
        await using var stream = await OpenAsync(Client, "?p=%7B%22rating%22%3A4%7D", null);
        var (now, _) = await stream.ReadAsync();
        await Client.CreateIdAsync();
        var (cursor, entry) = await stream.ReadAsync();
        Assert.Null(entry);
        Assert.NotEqual(now, cursor);
        await using var all = await OpenAsync(Client, "", cursor);
        var id = await Client.CreateIdAsync("B-2");
        Assert.Equal(id, (await all.ReadEntryAsync()).Entry.Id());
    }

    [Fact]
    public async Task The_stream_ends_when_the_credential_is_revoked()
    {
        var (keyId, secret) = await Server.CreateKeyAsync("read", Account);
        using var reader = Server.CreateClient(secret);
        await using var stream = await OpenAsync(reader, "", null);
        await stream.ReadAsync();
        await using (var services = Server.Services.CreateAsyncScope())
            await services.ServiceProvider.GetRequiredService<ApiKeyStore>().RevokeAsync(keyId, ApiServer.Operator, Cancellation);
        Server.Services.GetRequiredService<BatchesApi.Access.CredentialCache>().Evict(secret);
        var id = await Client.CreateIdAsync();
        Assert.DoesNotContain(id, await stream.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_requests_are_problems_and_not_streams()
    {
        await Client.SendAsync("GET", $"{Feed}?since=x", headers: ("Accept", "text/event-stream"))
            .ValidationErrorsAsync("invalid_parameter");
        var problem = await Client.SendAsync("GET", Feed, headers: ("Last-Event-ID", "x"))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_header");
        Assert.Contains("Last-Event-ID", problem["errors"]!.ToJsonString(), StringComparison.Ordinal);
        await Client.SendAsync("GET", Feed, headers: ("Accept", "text/html")).ProblemAsync(HttpStatusCode.NotAcceptable, "not_acceptable");
        using var head = await Client.SendAsync("HEAD", Feed, headers: ("Accept", "text/event-stream"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Fact]
    public async Task An_account_has_a_limit_of_streams()
    {
        await using var separate = await SeparateServer.StartAsync(Server);
        using var client = separate.CreateClient((await separate.CreateAccountAsync("acme")).Key);
        using var stranger = separate.CreateClient((await separate.CreateAccountAsync("other")).Key);
        var streams = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => OpenAsync(client, "", null)));
        var problem = await client.SendAsync("GET", Feed, headers: ("Accept", "text/event-stream"))
            .ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
        Assert.Contains("100 requests that wait for changes", (string?)problem["detail"], StringComparison.Ordinal);
        await using (await OpenAsync(stranger, "", null))
            await client.GetJsonAsync(Feed);
        foreach (var stream in streams)
            await stream.DisposeAsync();
    }

    [Fact]
    public async Task Clients_that_do_not_read_their_streams_do_not_block_lists()
    {
        await using var separate = await SeparateServer.StartAsync(
            Server, settings: [("Lists:PerAccount", "1"), ("Lists:WaitSeconds", "1")]);
        using var client = separate.CreateClient((await separate.CreateAccountAsync("acme")).Key);
        var notes = new string('x', 10_000);
        var batches = string.Join(',', Enumerable.Range(0, 400).Select(i => Http.Batch($"B-{i}", $"\"notes\":\"{notes}\"")));
        for (var i = 0; i < 4; i++)
        {
            using var created = await client.SendAsync("POST", Http.Batches, $"[{batches.Replace("B-", $"B-{i}-", default)}]");
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }
        var streams = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => OpenAsync(client, "?since=start", null)));
        for (var i = 0; i < 5; i++)
            Assert.Single(await client.ListAsync($"{Http.Batches}?limit=1"));
        foreach (var stream in streams)
            await stream.DisposeAsync();
    }

    private static async Task<EventStream> OpenAsync(HttpClient client, string query, string? lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Feed + query);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventStream(response, new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation)));
    }

    private sealed record EventStream(HttpResponseMessage Response, StreamReader Reader) : IAsyncDisposable
    {
        /// <summary>Reads the next event that has an id.</summary>
        public async Task<(string Id, JsonObject? Entry)> ReadAsync()
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            limit.CancelAfter(Patience);
            var (id, entry) = (default(string), default(JsonObject));
            while (true)
            {
                var line = await Reader.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException();
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                    id = line[4..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    entry = JsonNode.Parse(line[6..])!.AsObject();
                else if (line.Length == 0 && id is not null)
                    return (id, entry);
            }
        }

        /// <summary>Reads the next event that has an entry.</summary>
        public async Task<(string Id, JsonObject Entry)> ReadEntryAsync()
        {
            while (true)
            {
                if (await ReadAsync() is (var id, { } entry))
                    return (id, entry);
            }
        }

        public Task<string> ReadToEndAsync() => Reader.ReadToEndAsync(Cancellation).WaitAsync(Patience, Cancellation);

        public ValueTask DisposeAsync()
        {
            Reader.Dispose();
            Response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

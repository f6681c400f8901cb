using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BatchesApi.ApiTests.Safety;

/// <summary>No account can starve the others (specification, section 6, "Isolation"). The table of batches is locked, so that requests for
/// batches stay in flight as long as a test needs.</summary>
public sealed class IsolationTests(ApiServer given) : IAsyncLifetime
{
    private const string Greedy = "greedy";
    private const string Other = "other";
    private const string Settings = "Maximum Pool Size=12;Command Timeout=30";

    private readonly Dictionary<string, HttpClient> _clients = [];
    private readonly Dictionary<string, int> _accounts = [];
    private SeparateServer? _server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SeparateServer Server => _server!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await SeparateServer.StartAsync(
            given, Settings, ("Lists:PerAccount", "2"), ("Lists:Concurrent", "4"), ("Lists:ScansPerAccount", "1"),
            ("Lists:WaitSeconds", "1"), ("Lists:TimeoutSeconds", "30"),
            ("Database:WaitSeconds", "1"), ("Database:ConnectionsPerAccount", "3"), ("Bulk:PerAccount", "1"), ("Bulk:WaitSeconds", "1"),
            ("Lists:MaxPageMegabytes", "1"), ("Requests:BodyMegabytes", "10"));
        foreach (var account in (string[])[Greedy, Other])
        {
            (_accounts[account], var key) = await _server.CreateAccountAsync(account);
            _clients[account] = _server.CreateClient(key);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        await Server.DisposeAsync();
    }

    [Theory]
    [InlineData(Http.Batches)]
    [InlineData(Http.Deleted)]
    [InlineData($"{Http.Batches}?sortBy=rating")]
    public async Task Lists_beyond_the_share_of_an_account_are_rejected_and_other_accounts_can_list(string list)
    {
        await using (await Server.LockBatchesAsync())
        {
            var lists = Enumerable.Range(0, 20).Select(_ => _clients[Greedy].SendAsync("GET", list)).ToList();
            await WaitUntilAsync(async () => await CountWaitingAsync() == 2);
            var others = _clients[Other].SendAsync("GET", list);
            await WaitUntilAsync(async () => await CountWaitingAsync() == 3);
            await AssertReadyAsync();

            for (var refused = 0; refused < 18; refused++)
            {
                var ended = await Task.WhenAny(lists);
                lists.Remove(ended);
                using var response = await ended;
                var problem = await response.ProblemAsync(HttpStatusCode.TooManyRequests, "too_many_lists");
                Assert.Equal(
                    "This account has 2 lists in use, the maximum, and none became free within 1 s. Wait for the responses of earlier "
                        + "requests before sending more.",
                    (string?)problem["detail"]);
                Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
            }
            Assert.Equal((2, false), (lists.Count, others.IsCompleted));
        }
        Assert.Empty(await _clients[Greedy].ListAsync(list));
    }

    [Theory]
    [InlineData("q=a")]
    [InlineData("count=exact")]
    [InlineData("page=1000")]
    [InlineData("fields=rating:gte:4")]
    public async Task Lists_that_may_scan_an_account_run_one_at_a_time_per_account(string query)
    {
        await using (await Server.LockBatchesAsync())
        {
            var lists = Enumerable.Range(0, 2).Select(_ => _clients[Greedy].SendAsync("GET", $"{Http.Batches}?{query}")).ToList();
            await WaitUntilAsync(async () => await CountWaitingAsync() == 1);
            lists.Add(_clients[Other].SendAsync("GET", $"{Http.Batches}?{query}"));
            await WaitUntilAsync(async () => await CountWaitingAsync() == 2);
            await Task.Delay(300, Cancellation);
            Assert.Equal(2, await CountWaitingAsync());
            Assert.All(lists, list => Assert.False(list.IsCompleted));
        }
    }

    [Fact]
    public async Task Histories_count_as_lists()
    {
        var id = await _clients[Greedy].CreateIdAsync();
        await using (await Server.LockBatchesAsync())
        {
            var statuses = Enumerable.Range(0, 4).Select(_ => _clients[Greedy].SendAsync("GET", $"{Http.Batches}/{id}/history")).ToList();
            using var first = await await Task.WhenAny(statuses);
            await first.ProblemAsync(HttpStatusCode.TooManyRequests, "too_many_lists");
        }
    }

    [Fact]
    public async Task Lists_beyond_the_total_limit_are_rejected_as_overload()
    {
        var third = Server.CreateClient((await Server.CreateAccountAsync("third")).Key);
        await using (await Server.LockBatchesAsync())
        {
            var running = new[] { Greedy, Other }
                .SelectMany(account => Enumerable.Range(0, 2).Select(_ => _clients[account].SendAsync("GET", Http.Batches))).ToList();
            await WaitUntilAsync(async () => await CountWaitingAsync() == 4);
            using var response = await third.SendAsync("GET", Http.Batches);
            await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
            Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
            Assert.All(running, list => Assert.False(list.IsCompleted));
        }
        Assert.Empty(await third.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task Requests_that_wait_for_an_idempotency_key_do_not_hold_a_connection()
    {
        List<Task<HttpResponseMessage>> creates;
        await using (await Server.LockBatchesAsync())
        {
            creates = [.. Enumerable.Range(0, 40).Select(_ => CreateOnceAsync(_clients[Greedy]))];
            await WaitUntilAsync(async () => await CountWaitingAsync() == 1);
            await Task.Delay(500, Cancellation);
            Assert.Equal(1, await CountWaitingAsync());
            await AssertReadyAsync();
        }
        var responses = await Task.WhenAll(creates);
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Created, response.StatusCode));
        Assert.Equal(39, responses.Count(response => response.Headers.Contains("Idempotent-Replayed")));
        Assert.Single(await _clients[Greedy].ListAsync(Http.Batches));
    }

    /// <summary>The first request waits in the database for another server, the second one in memory for the first.</summary>
    [Fact]
    public async Task Requests_wait_up_to_five_seconds_for_an_idempotency_key()
    {
        await using (await Server.BeginAsync(
            "INSERT INTO idempotency_keys (account_id, credential_id, key, request_hash, created_at) "
                + $"SELECT account_id, id, 'k', '', now() FROM api_keys WHERE account_id = {_accounts[Greedy]}"))
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var response in await Task.WhenAll(CreateOnceAsync(_clients[Greedy]), CreateOnceAsync(_clients[Greedy])))
                await response.ProblemAsync(HttpStatusCode.Conflict, "idempotency_key_in_flight");
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 4.5, 15);
        }
        await CreateOnceAsync(_clients[Greedy]).JsonAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Blocked_writes_of_one_account_leave_connections_to_others()
    {
        await using (await Server.LockBatchesAsync())
        {
            var creates = Enumerable.Range(0, 20)
                .Select(i => _clients[Greedy].SendAsync("POST", Http.Batches, Http.Batch($"B-{i}"))).ToList();
            await WaitUntilAsync(async () => await CountWaitingAsync() == 3);
            var others = _clients[Other].SendAsync("POST", Http.Batches, Http.Batch());
            await WaitUntilAsync(async () => await CountWaitingAsync() == 4);
            await AssertReadyAsync();

            using var refused = await await Task.WhenAny(creates);
            await refused.ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
            Assert.Equal("1", Assert.Single(refused.Headers.GetValues("Retry-After")));
            Assert.False(others.IsCompleted);
        }
    }

    [Fact]
    public async Task Creates_from_arrays_have_a_separate_share()
    {
        static string Array(string prefix) => $"[{Http.Batch($"{prefix}-1")},{Http.Batch($"{prefix}-2")}]";
        await using (await Server.LockBatchesAsync())
        {
            var first = _clients[Greedy].SendAsync("POST", Http.Batches, Array("A"));
            await WaitUntilAsync(async () => await CountWaitingAsync() == 1);
            await _clients[Greedy].SendAsync("POST", Http.Batches, Array("B"))
                .ProblemAsync(HttpStatusCode.ServiceUnavailable, "overloaded");
            var single = _clients[Greedy].SendAsync("POST", Http.Batches, Http.Batch());
            await WaitUntilAsync(async () => await CountWaitingAsync() == 2);
            Assert.False(first.IsCompleted || single.IsCompleted);
        }
    }

    [Fact]
    public async Task A_page_that_is_too_large_is_rejected_and_smaller_ones_are_not()
    {
        var notes = string.Create(CultureInfo.InvariantCulture, $"\"notes\":\"{new string('é', 10_000)}\"");
        var ids = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"{new string('é', 60)}{i}\""));
        for (var i = 0; i < 12; i++)
            await _clients[Greedy].CreateAsync(Http.Batch($"B-{i}", $"{notes},\"leadIds\":[{ids}]"));

        var problem = await _clients[Greedy].SendAsync("GET", $"{Http.Batches}?limit=1000")
            .ProblemAsync(HttpStatusCode.BadRequest, "page_too_large");
        Assert.Equal(
            "The page is larger than 1,048,576 bytes. 7 of the 1,000 records fit: request fewer records with 'limit', or fewer fields with "
                + "'fields', such as fields=batchCode,assignee.",
            (string?)problem["detail"]);
        Assert.Equal(7, (await _clients[Greedy].ListAsync($"{Http.Batches}?limit=7")).Count);
        Assert.Equal(12, (await _clients[Greedy].ListAsync($"{Http.Batches}?limit=1000&fields=batchCode")).Count);
    }

    [Fact]
    public async Task Incomplete_bodies_use_at_most_the_memory_share_of_their_account()
    {
        using var slow = new TcpClient();
        await slow.ConnectAsync(Server.Address.Host, Server.Address.Port, Cancellation);
        var key = _clients[Greedy].DefaultRequestHeaders.Authorization!.Parameter;
        await slow.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"POST {Http.Batches} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 5200000\r\n\r\n["),
            Cancellation);
        var large = Http.Batch(
            more: $"\"leadIds\":[{string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"{new string('é', 60)}{i}\""))}]");
        await WaitUntilAsync(async () =>
        {
            using var response = await _clients[Greedy].SendAsync("PUT", $"{Http.Batches}/000000000000000000000000", large);
            return response.StatusCode == HttpStatusCode.ServiceUnavailable;
        });

        await _clients[Greedy].CreateAsync(Http.Batch());
        await _clients[Other].CreateAsync(large);
    }

    private static Task<HttpResponseMessage> CreateOnceAsync(HttpClient client) =>
        client.SendAsync("POST", Http.Batches, Http.Batch(), headers: ("Idempotency-Key", "k"));

    /// <summary>Asserts that the server is ready and can look up a new key.</summary>
    private async Task AssertReadyAsync()
    {
        using var ready = await _clients[Other].SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        using var newcomer = Server.CreateClient((await Server.CreateAccountAsync(ApiServer.NewAccountName())).Key);
        await newcomer.GetJsonAsync("/api/v2/keys/me");
    }

    /// <summary>The number of statements that wait for a lock.</summary>
    private Task<long> CountWaitingAsync() =>
        Server.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(20, Cancellation))
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "The condition was not met in time.");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ApiTests.Changes;

/// <summary>Clients that follow the changes of many concurrent writers, whose transactions take different times, have the batches of the
/// server in the end, and got every version once. <c>BATCHES_FOLLOW_SECONDS</c> and <c>BATCHES_FOLLOW_SEED</c> make it longer or
/// different.</summary>
public sealed class FollowerTests(ApiServer server)
{
    private const int Writers = 30;

    /// <summary>Lets some transactions stay open after they have recorded a change.</summary>
    private const string SlowDown =
        """
        CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_sleep(random() * 0.3);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER slow_down AFTER INSERT ON batch_changes FOR EACH ROW WHEN (random() < 0.05) EXECUTE FUNCTION slow_down();
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Followers_of_concurrent_writers_miss_and_double_nothing()
    {
        var time = TimeSpan.FromSeconds(ReadSetting("BATCHES_FOLLOW_SECONDS", 4));
        var seed = ReadSetting("BATCHES_FOLLOW_SEED", 1);
        await using var separate = await SeparateServer.StartAsync(server);
        await using var other = await ApiServer.StartAsync(separate.ConnectionString);
        await separate.ExecuteAsync(SlowDown);
        var (account, key) = await separate.CreateAccountAsync("acme");
        HttpClient CreateClient(bool isOther)
        {
            var client = separate.CreateClient(key);
            if (isOther)
                client.BaseAddress = new Uri(other.Urls.First());
            return client;
        }

        using var first = CreateClient(isOther: false);
        for (var i = 0; i < 20; i++)
            await first.CreateIdAsync($"old-{i}");

        using var done = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Writers + 3).Select(i => CreateClient(isOther: i % 2 == 1)).ToList();
        var followers = new Follower[] { new("poll"), new("stream"), new("restarted") };
        var following = new[]
        {
            PollAsync(clients[0], followers[0], done.Token),
            StreamAsync(clients[1], followers[1], done.Token),
            RestartAsync(clients[2], followers[2], new Random(seed), done.Token),
        };
        var writing = Enumerable.Range(0, Writers).Select(i => WriteAsync(clients[i + 3], i, new Random((seed * 1_000) + i), time));
        var holding = HoldAsync(separate.ConnectionString, new Random(seed), time);
        var writes = (await Task.WhenAll(writing)).Sum();
        await holding;

        var expected = await ReadAllAsync(first);
        var versions = await separate.QueryAsync<string>(
            $"SELECT string_agg(id || ' ' || version, ', ' ORDER BY id) FROM batches WHERE account_id = {account}");
        for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < TimeSpan.FromSeconds(60) && !followers.All(IsComplete);)
            await Task.Delay(100, Cancellation);
        await done.CancelAsync();
        await Task.WhenAll(following);
        clients.ForEach(client => client.Dispose());
        var recorded = await separate.QueryAsync<long>($"SELECT count(*) FROM batch_changes WHERE account_id = {account}");
        Assert.All(followers, follower =>
        {
            Assert.Empty(follower.Errors);
            Assert.Equal(versions, follower.Versions);
            Assert.Equal(expected, follower.Copy);
        });
        Assert.InRange(recorded, writes, long.MaxValue);
        TestContext.Current.SendDiagnosticMessage(
            "Seed {0}: {1} changes, {2}", seed, recorded, string.Join(", ", followers.Select(f => $"{f.Name} {f.Count}")));

        // A batch that was restored and deleted again is in neither copy, so the versions count too.
        bool IsComplete(Follower follower) => follower.Versions == versions;
    }

    private static int ReadSetting(string name, int defaultValue) =>
        Environment.GetEnvironmentVariable(name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : defaultValue;

    /// <summary>Holds transactions with ids open for up to two seconds.</summary>
    private static async Task HoldAsync(string connectionString, Random random, TimeSpan time)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        for (var start = Stopwatch.StartNew(); start.Elapsed < time;)
        {
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await using (var command = new NpgsqlCommand("SELECT pg_current_xact_id()", connection))
                await command.ExecuteScalarAsync(Cancellation);
            await Task.Delay(random.Next(2_000), Cancellation);
            await transaction.CommitAsync(Cancellation);
            await Task.Delay(random.Next(300), Cancellation);
        }
    }

    /// <summary>Writes in all ways that the server has. Some writers work on the same batches.</summary>
    private static async Task<int> WriteAsync(HttpClient client, int writer, Random random, TimeSpan time)
    {
        var (ids, deleted, writes) = (new List<string>(), new List<string>(), 0);
        foreach (var batch in (await client.ListAsync($"{Http.Batches}?limit=5&page={1 + (writer % 4)}")))
            ids.Add(batch!.Id());
        for (var start = Stopwatch.StartNew(); start.Elapsed < time; writes++)
        {
            var key = ("Idempotency-Key", Guid.NewGuid().ToString());
            var rating = random.Next(6);
            switch (random.Next(12))
            {
                case < 2:
                    using (var created = await client.SendAsync("POST", Http.Batches, Http.Batch($"{Guid.NewGuid():N}"), headers: key))
                    {
                        if (created.StatusCode != HttpStatusCode.ServiceUnavailable)
                            ids.Add((await created.JsonAsync(HttpStatusCode.Created)).Id());
                    }
                    break;

                case < 7 when ids.Count > 0:
                    await SendAsync("PATCH", $"{Http.Batches}/{Pick(ids)}", $$"""{"rating":{{rating}}}""");
                    break;

                case 7 when ids.Count > 0:
                    var gone = Pick(ids);
                    await SendAsync("DELETE", $"{Http.Deleted}/{gone}");
                    deleted.Add(gone);
                    break;

                case 8 when deleted.Count > 0:
                    await SendAsync("POST", $"{Http.Deleted}/{Pick(deleted)}/restore", key: key);
                    break;

                case 9:
                    var set = $$$"""{"where":{"rating":{{{rating}}}},"set":{"rating":{{{random.Next(6)}}}}}""";
                    await SendAsync("POST", $"{Http.Batches}/bulk/update", set, key);
                    break;

                default:
                    await SendAsync("POST", $"{Http.Batches}/claim", """{"limit":2,"for":"10s","set":{"assignee":"amy"}}""", key);
                    break;
            }

            string Pick(List<string> from) => from[random.Next(from.Count)];

            async Task SendAsync(string method, string address, string? body = null, (string Name, string Value)? key = null)
            {
                using var response = await client.SendAsync(
                    method, address, body, headers: key is { } header && random.Next(2) == 0 ? [header] : []);

                // Others delete and restore the same batches, and may wait for the same connections.
                var status = (int)response.StatusCode;
                Assert.True(
                    status is 200 or 204 or 404 or 409 or 503, $"{status} {await response.Content.ReadAsStringAsync(Cancellation)}");
            }
        }
        return writes / 4;
    }

    private static async Task<IReadOnlyDictionary<string, string>> ReadAllAsync(HttpClient client)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var page = 1; ; page++)
        {
            var batches = await client.ListAsync($"{Http.Batches}?limit=1000&count=none&sortBy=batchCode&page={page}");
            foreach (var batch in batches)
                all.Add(batch!.Id(), batch!.ToJsonString());
            if (batches.Count < 1_000)
                return all;
        }
    }

    private static async Task PollAsync(HttpClient client, Follower follower, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            await follower.PollOnceAsync(client, limit: 50, done);
    }

    private static async Task StreamAsync(HttpClient client, Follower follower, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            await follower.StreamOnceAsync(client, done);
    }

    /// <summary>Follows by turns, and is often killed between two entries.</summary>
    private static async Task RestartAsync(HttpClient client, Follower follower, Random random, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(done);
            kill.CancelAfter(random.Next(20, 500));
            if (random.Next(2) == 0)
                await follower.StreamOnceAsync(client, kill.Token);
            else
                await follower.PollOnceAsync(client, random.Next(1, 30), kill.Token);
        }
    }

    /// <summary>A copy of the batches, which it changes with the position in one step.</summary>
    private sealed class Follower(string name)
    {
        private readonly Dictionary<string, int> _versions = [];
        private string _since = "start";

        public string Name => name;

        public int Count { get; private set; }

        /// <summary>The last version of each batch, also of deleted ones.</summary>
        public string Versions
        {
            get
            {
                lock (_versions)
                {
                    return string.Join(", ", _versions.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));
                }
            }
        }

        public SortedDictionary<string, string> Copy { get; } = new(StringComparer.Ordinal);

        public List<string> Errors { get; } = [];

        public async Task PollOnceAsync(HttpClient client, int limit, CancellationToken cancellation)
        {
            try
            {
                using var response = await client.GetAsync($"{Http.Batches}/changes?since={_since}&limit={limit}&wait=5", cancellation);
                var page = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation))!;
                if (response.StatusCode != HttpStatusCode.OK)
                    return;
                foreach (var entry in page["data"]!.AsArray())
                    Apply(entry!.AsObject());
                _since = (string)page["nextCursor"]!;
            }
            catch (OperationCanceledException)
            {
                // Killed.
            }
        }

        public async Task StreamOnceAsync(HttpClient client, CancellationToken cancellation)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{Http.Batches}/changes?since=start");
                request.Headers.Accept.ParseAdd("text/event-stream");
                if (_since != "start")
                    request.Headers.Add("Last-Event-ID", _since);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (response.StatusCode != HttpStatusCode.OK)
                    return;
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
                var (id, data) = ("", "");
                while (await reader.ReadLineAsync(cancellation) is { } line)
                {
                    if (line.StartsWith("id: ", StringComparison.Ordinal))
                        id = line[4..];
                    else if (line.StartsWith("data: ", StringComparison.Ordinal))
                        data = line[6..];
                    if (line.Length > 0)
                        continue;
                    if (data.Length > 0)
                        Apply(JsonNode.Parse(data)!.AsObject());
                    if (id.Length > 0)
                        _since = id;
                    (id, data) = ("", "");
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // Killed.
            }
        }

        private void Apply(JsonObject entry)
        {
            Count++;
            var (id, version) = (entry.Id(), (int)entry["version"]!);

            // A batch that was deleted when the snapshot was read has no entry in it.
            var isKnown = _versions.TryGetValue(id, out var last);
            if (isKnown ? version != last + 1 : (string?)entry["action"] == "create" && version != 1)
                Errors.Add($"{name}: {id} {entry["action"]} {version} after {last}");
            if (entry["batch"] is { } batch)
                Copy[id] = batch.ToJsonString();
            else
                Copy.Remove(id);

            // Last, because the test waits for the versions.
            lock (_versions)
                _versions[id] = version;
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The server reads from a standby that is behind, cancels queries, or fails.</summary>
public sealed class ReadReplicaTests(ReplicatedDatabase database) : IClassFixture<ReplicatedDatabase>
{
    private const string Batches = "/api/v2/batches";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PostgresPair Pair => database.Pair;

    [Fact]
    public async Task The_replica_serves_reads_except_those_of_accounts_whose_last_write_it_lacks()
    {
        await using var server = await ServeAsync();
        using var client = server.CreateClient(database.Key);
        using var other = server.CreateClient(database.QuietKey);
        var (id, otherId) = (await CreateAsync(client), await CreateAsync(other));
        await WaitUntilReplicaServesAsync(client, id);
        await WaitUntilReplicaServesAsync(other, otherId);

        await Pair.Standby.QueryAsync("SELECT pg_wal_replay_pause()");
        while (await Pair.Standby.QueryAsync("SELECT pg_get_wal_replay_pause_state()") is not "paused")
            await Task.Delay(20, Cancellation);
        await Pair.Primary.QueryAsync("UPDATE batches SET rating = 1", "batches");
        await ChangeAsync(client, id, 3);

        // The account that wrote is served by the primary, and the other one by the replica, which lacks the change.
        foreach (var (address, path) in Reads(id))
            Assert.Equal(3, Find(await GetAsync(client, address), path));
        foreach (var (address, path) in Reads(otherId))
            Assert.Null(Find(await GetAsync(other, address), path));

        await Pair.Standby.QueryAsync("SELECT pg_wal_replay_resume()");
        await WaitUntilReplicaServesAsync(client, id);
    }

    [Fact]
    public async Task The_server_that_did_a_write_shows_it_immediately()
    {
        await using var server = await ServeAsync();
        Assert.Empty(await FindStaleReadsAsync(server, server));
    }

    [Fact]
    public async Task With_Redis_every_server_shows_a_write_immediately()
    {
        Assert.SkipUnless(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        (string, string?) shared = ("ConnectionStrings__Redis", redis.Configuration);
        await using var one = await ServeAsync(shared);
        await using var two = await ServeAsync(shared);
        Assert.Empty(await FindStaleReadsAsync(one, two));

        // While Redis does not respond, the primary serves all reads.
        await redis.HangAsync(true);
        Assert.Empty(await FindStaleReadsAsync(one, two, changes: 20));
        await redis.HangAsync(false);
    }

    [Fact]
    public async Task A_replica_that_is_killed_or_frozen_causes_no_error()
    {
        await using var server = await ServeAsync();
        using var client = server.CreateClient(database.Key);
        var id = await CreateAsync(client);
        await WaitUntilReplicaServesAsync(client, id);
        await Pair.Standby.FreezeAsync();
        await ReadAllAsync(client, id, TimeSpan.FromSeconds(2));
        await Pair.Standby.ThawAsync();
        await server.WaitForAsync(() => server.Output, new("is not used"));
        await WaitUntilReplicaServesAsync(client, id);

        await Pair.Standby.KillAsync();
        await ReadAllAsync(client, id, TimeSpan.FromSeconds(2));
        await Pair.Standby.StartAsync();
        await WaitUntilReplicaServesAsync(client, id);
    }

    [Fact]
    public async Task A_query_that_the_replica_cancels_is_repeated_on_the_primary()
    {
        await Pair.Standby.QueryAsync("ALTER SYSTEM SET max_standby_streaming_delay = 0");
        await Pair.Standby.QueryAsync("SELECT pg_reload_conf()");
        await using var server = await ServeAsync();
        using var client = server.CreateClient(database.Key);
        var id = await CreateAsync(client);
        await WaitUntilReplicaServesAsync(client, id);

        // Each lock cancels the queries that have the table open.
        using var end = new CancellationTokenSource();
        var locking = Task.Run(
            async () =>
            {
                for (; !end.IsCancellationRequested; await Task.Delay(30, Cancellation))
                    await Pair.Primary.QueryAsync("BEGIN; LOCK TABLE batches; COMMIT", "batches");
            },
            Cancellation);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAllAsync(client, id, TimeSpan.FromSeconds(3))));
        await end.CancelAsync();
        await locking;
        Assert.Contains("It is repeated on the primary", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_a_replica_is_not_used()
    {
        await Pair.Primary.QueryAsync("CREATE DATABASE elsewhere TEMPLATE template0");
        await using var server = await BatchesProcess.ServeAsync(
            ("ConnectionStrings__Batches", Pair.ConnectionString),
            ("ConnectionStrings__Replicas", Pair.Primary.ConnectionString("elsewhere")),
            ("RateLimits__Enabled", "false"));
        await server.WaitForAsync(() => server.Output, new("is not used: it is not a replica of the database"));
        using var client = server.CreateClient(database.Key);
        await GetAsync(client, Batches);
    }

    private Task<BatchesProcess> ServeAsync(params (string, string?)[] settings) => BatchesProcess.ServeAsync(
    [
        ("ConnectionStrings__Batches", Pair.Primary.ConnectionString("batches") + ";Pooling=true"),
        ("ConnectionStrings__Replicas", Pair.Standby.ConnectionString("batches") + ";Pooling=true"),
        ("RateLimits__Enabled", "false"),

        // A cold server on a busy machine opens many connections at the same time.
        ("Database__WaitSeconds", "10"),
        .. settings,
    ]);

    private static (string Address, string Path)[] Reads(string id) =>
        [($"{Batches}/{id}", ""), ($"{Batches}?limit=5", "data"), ($"{Batches}?p={{\"rating\":{{\"$gte\":0}}}}", "data")];

    private static async Task<string> CreateAsync(HttpClient client)
    {
        var batch = new { batchCode = $"B-{Guid.NewGuid()}", batchType = "x" };
        using var response = await client.PostAsJsonAsync(Batches, batch, Cancellation);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["id"]!;
    }

    private static async Task ChangeAsync(HttpClient client, string id, int rating)
    {
        using var response = await client.PatchAsJsonAsync($"{Batches}/{id}", new { rating, notes = $"{rating}" }, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<JsonNode> GetAsync(HttpClient client, string address)
    {
        using var response = await client.GetAsync(address, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>The rating of the batch, or of the first in a list.</summary>
    private static int? Find(JsonNode response, string path) =>
        (int?)(path.Length == 0 ? response : response[path]!.AsArray().FirstOrDefault())?["rating"];

    /// <summary>Reads in every way for a while. All must succeed.</summary>
    private static async Task ReadAllAsync(HttpClient client, string id, TimeSpan duration)
    {
        for (var reading = Stopwatch.StartNew(); reading.Elapsed < duration;)
        {
            foreach (var address in (string[])[$"{Batches}/{id}", Batches, $"{Batches}?q=x", $"{Batches}/{id}/history"])
                await GetAsync(client, address);
        }
    }

    /// <summary>Reads a batch until the replica is asked for it.</summary>
    private async Task WaitUntilReplicaServesAsync(HttpClient client, string id)
    {
        const string IsAsked =
            """
            SELECT EXISTS (SELECT FROM pg_stat_activity
                WHERE query LIKE '%FROM batches%' AND pid <> pg_backend_pid() AND query_start > clock_timestamp() - interval '100 ms')
            """;
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(50, Cancellation))
        {
            await GetAsync(client, $"{Batches}/{id}");
            if (await Pair.Standby.QueryAsync(IsAsked) is true)
                return;
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), "The replica was not used within 30 s.");
        }
    }

    /// <summary>Changes batches of several accounts and reads each immediately or a little later, while another account writes
    /// much.</summary>
    /// <returns>The reads that did not see the change before them.</returns>
    private async Task<List<string>> FindStaleReadsAsync(BatchesProcess writer, BatchesProcess reader, int changes = 1_000)
    {
        using var end = new CancellationTokenSource();
        using var bulk = writer.CreateClient(database.Key);
        var writing = WriteMuchAsync(bulk, end.Token);
        var keys = database.OtherKeys;
        var stale = await Task.WhenAll(
            keys.Select((key, i) => FindStaleReadsAsync(writer, reader, key, changes / keys.Count, new Random(i))));
        await end.CancelAsync();
        await writing;
        return [.. stale.SelectMany(reads => reads)];
    }

    private static async Task<List<string>> FindStaleReadsAsync(
        BatchesProcess writer, BatchesProcess reader, string key, int changes, Random random)
    {
        using var ofWriter = writer.CreateClient(key);
        using var ofReader = reader.CreateClient(key);
        var id = await CreateAsync(ofWriter);
        var stale = new List<string>();
        for (var n = 0; n < changes; n++)
        {
            await ChangeAsync(ofWriter, id, n % 6);

            // An immediate read comes from the primary, a later one from the replica.
            if (random.Next(2) == 0)
                await Task.Delay(random.Next(300), Cancellation);
            var read = random.Next(2) == 0
                ? await GetAsync(ofReader, $"{Batches}/{id}")
                : (await GetAsync(ofReader, Batches))["data"]![0]!;
            if ((int?)read["rating"] != n % 6)
                stale.Add($"{n}: {read.ToJsonString()}");
        }
        return stale;
    }

    private static async Task WriteMuchAsync(HttpClient client, CancellationToken end)
    {
        var first = Random.Shared.Next();
        for (var n = 0; !end.IsCancellationRequested; n++)
        {
            var batches = Enumerable.Range(0, 200)
                .Select(i => new { batchCode = string.Create(CultureInfo.InvariantCulture, $"N-{first}-{n}-{i}"), batchType = "bulk" });
            using var response = await client.PostAsJsonAsync(Batches, batches, Cancellation);
            response.EnsureSuccessStatusCode();
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using BatchesApi.Concurrency;
using BatchesApi.Storage;
using BatchesApi.Storage.ImportExport;
using BatchesApi.Storage.Replicas;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>The server reads from a standby that is behind, cancels queries, or fails.</summary>
public sealed class ReadReplicaTests(ReplicatedDatabase database) : IClassFixture<ReplicatedDatabase>
{
    private const string Batches = "/api/v2/batches";

    private static readonly ConnectionOptions Connections =
        new(2, new FairLimiterOptions(LimitedResource.Connections, 2, 2, TimeSpan.FromSeconds(2)));

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

        await PauseReplayAsync();
        await Pair.Primary.QueryAsync("UPDATE batches SET rating = 1", "batches");
        await ChangeAsync(client, id, 3);

        // The account that wrote is served by the primary, and the other one by the replica, which lacks the change.
        foreach (var (address, path) in Reads(id))
            Assert.Equal(3, Find(await GetAsync(client, address), path));
        foreach (var (address, path) in Reads(otherId))
            Assert.Null(Find(await GetAsync(other, address), path));

        await ResumeReplayAsync();
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
    public async Task Servers_show_each_others_writes_after_Redis_lost_them_or_did_not_respond()
    {
        Assert.SkipUnless(Redis.IsInstalled, "This test needs redis-server.");
        using var redis = Redis.Start();
        (string, string?) shared = ("ConnectionStrings__Redis", redis.Configuration);
        await using var one = await ServeAsync(shared);
        await using var two = await ServeAsync(shared);
        using var writer = one.CreateClient(database.Key);
        using var reader = two.CreateClient(database.Key);
        var id = await CreateAsync(writer);
        await WaitUntilReplicaServesAsync(reader, id);

        await PauseReplayAsync();
        await ChangeAsync(writer, id, 1);
        await redis.FlushAsync();
        foreach (var (address, path) in Reads(id))
            Assert.Equal(1, Find(await GetAsync(reader, address), path));
        await ResumeReplayAsync();
        await WaitUntilReplicaServesAsync(reader, id);

        await PauseReplayAsync();
        await redis.HangAsync(true);
        await ChangeAsync(writer, id, 2);
        await redis.HangAsync(false);
        await one.WaitForAsync(() => one.Output, new("Redis is available again"));
        await Task.Delay(500, Cancellation);
        foreach (var (address, path) in Reads(id))
            Assert.Equal(2, Find(await GetAsync(reader, address), path));
        await ResumeReplayAsync();
        await WaitUntilReplicaServesAsync(reader, id);
    }

    [Fact]
    public async Task A_replica_that_is_killed_or_frozen_causes_no_error()
    {
        await using var server = await ServeAsync();
        using var client = server.CreateClient(database.Key);
        var id = await CreateAsync(client);
        await WaitUntilReplicaServesAsync(client, id);
        await Pair.Standby.FreezeAsync();

        // A list and a retrieve that have begun when the replica stops responding are repeated after a second.
        var frozen = Stopwatch.StartNew();
        await Task.WhenAll(Reads(id).Select(read => GetAsync(client, read.Address)));
        Assert.True(frozen.Elapsed < TimeSpan.FromSeconds(4), $"The reads took {frozen.Elapsed.TotalSeconds} s.");
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
    public async Task An_export_reads_from_a_replica_that_has_everything()
    {
        await using var server = await ServeAsync();
        using var client = server.CreateClient(database.Key);
        var first = await CreateAsync(client);
        await WaitUntilReplicaServesAsync(client, first);
        var (exported, errors) = await ExportAsync();
        Assert.Contains("Reading from the replica", errors, StringComparison.Ordinal);
        Assert.Contains(first, exported, StringComparison.Ordinal);

        await PauseReplayAsync();
        var second = await CreateAsync(client);
        (exported, errors) = await ExportAsync();
        await ResumeReplayAsync();
        Assert.Contains("is behind the primary", errors, StringComparison.Ordinal);
        Assert.Contains(first, exported, StringComparison.Ordinal);
        Assert.Contains(second, exported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_primary_continues_an_export_whose_replica_fails()
    {
        // More than fits into the buffers between PostgreSQL and the export.
        const int Count = 2_000;
        var account = await Pair.Primary.QueryAsync(
            "INSERT INTO accounts (name, created_at) VALUES ('large', now()) RETURNING id", "batches");
        await Pair.Primary.QueryAsync(
            $$"""
            INSERT INTO batches (account_id, id, batch_code, batch_type, notes, lead_ids, opportunity_ids, repeated, created_at, updated_at,
                version)
            SELECT {{account}}, lpad(to_hex(n), 24, '0'), 'B-' || n, 'x', repeat('0123456789', 1000), '{}', '{}', false, now(), now(), 1
            FROM generate_series(1, {{Count}}) AS n
            """,
            "batches");
        var written = await Pair.Primary.QueryAsync("SELECT pg_current_wal_lsn()::text");
        while (await Pair.Standby.QueryAsync($"SELECT pg_last_wal_replay_lsn() >= '{written}'") is not true)
            await Task.Delay(20, Cancellation);

        await using var primary = NpgsqlDataSource.Create(Pair.Primary.ConnectionString("batches"));
        await using var replicas = new ReplicaSet(
            ReplicaSet.Create(Pair.Standby.ConnectionString("batches") + ";Application Name=export", Connections, new DatabaseOptions()),
            new WritePositions(null, NullLogger<WritePositions>.Instance));
        var reports = new List<string>();
        await using var output = new ObservedStream(onFirstWrite: () => Pair.Standby.QueryAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'export'"));

        var exporter = new BatchExporter(primary, replicas.All, FileFormat.Ndjson, output, _ => { }, reports.Add);
        Assert.Equal(Count, await exporter.ExportAsync((int)account!, null, Cancellation));

        Assert.Equal(3, reports.Count);
        Assert.StartsWith("Reading from the replica", reports[0], StringComparison.Ordinal);
        Assert.Contains("failed", reports[1], StringComparison.Ordinal);
        Assert.Equal("Reading from the primary.", reports[2]);
        var ids = Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n').Select(line => (string)JsonNode.Parse(line)!["id"]!);
        Assert.Equal(Enumerable.Range(1, Count).Select(n => n.ToString("x24", CultureInfo.InvariantCulture)), ids);
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

    private async Task PauseReplayAsync()
    {
        await Pair.Standby.QueryAsync("SELECT pg_wal_replay_pause()");
        while (await Pair.Standby.QueryAsync("SELECT pg_get_wal_replay_pause_state()") is not "paused")
            await Task.Delay(20, Cancellation);
    }

    private async Task ResumeReplayAsync() => await Pair.Standby.QueryAsync("SELECT pg_wal_replay_resume()");

    /// <summary>Exports the batches of an account by the command.</summary>
    private async Task<(string Exported, string Errors)> ExportAsync()
    {
        var (exitCode, exported, errors) = await BatchesProcess.RunAsync(
            [
                ("ConnectionStrings__Batches", Pair.Primary.ConnectionString("batches")),
                ("ConnectionStrings__Replicas", Pair.Standby.ConnectionString("batches")),
            ],
            null,
            "export", "--account", "acme");
        Assert.True(exitCode == 0, errors);
        return (exported, errors);
    }

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

    /// <summary>Calls a function after the first write.</summary>
    private sealed class ObservedStream(Func<Task> onFirstWrite) : MemoryStream
    {
        private bool _isCalled;

        /// <inheritdoc/>
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            if (_isCalled)
                return;
            _isCalled = true;
            await onFirstWrite();
        }
    }
}

using System.Net;
using BatchesApi.Storage;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Writes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BatchesApi.ApiTests.Safety;

/// <summary>Background work on the history and on idempotency keys: partitions are created ahead, and what is old is deleted.</summary>
public sealed class RetentionServiceTests(ApiServer given) : IAsyncLifetime
{
    /// <summary>The columns of a change that a test has to insert.</summary>
    private const string Change = "batch_changes (account_id, batch_id, version, at, action, actor_kind, actor_id, actor_name)";

    /// <summary>The partitions, by name.</summary>
    private const string Partitions =
        "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text) FROM pg_inherits "
        + "WHERE inhparent = 'batch_changes'::regclass";

    private readonly CapturedLog _log = new();
    private SeparateServer? _server;
    private HttpClient _client = new();
    private NpgsqlDataSource? _source;
    private int[] _accounts = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static DateTime ThisMonth { get; } = new(DateTime.UtcNow.Year, DateTime.UtcNow.Month, 1, 0, 0, 0, DateTimeKind.Utc);

    private SeparateServer Server => _server!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await SeparateServer.StartAsync(given, "", ("History:RetentionDays", "10"));
        var (account, key) = await _server.CreateAccountAsync("pruned");
        (_accounts, _client) = ([account], _server.CreateClient(key));
        _source = NpgsqlDataSource.Create(_server.ConnectionString);

        // The rounds of the tests are the only ones.
        await _server.Services.GetServices<IHostedService>().OfType<RetentionService>().Single().StopAsync(Cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        _client.Dispose();
        await _source!.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task Ended_leases_are_deleted_by_the_clock_of_the_database()
    {
        await Server.ExecuteAsync(
            """
            INSERT INTO batch_leases (account_id, batch_id, token_hash, until)
                SELECT i % 3, i::text, '', now() - i * interval '1 second' FROM generate_series(1, 500) AS i;
            INSERT INTO batch_leases (account_id, batch_id, token_hash, until) VALUES (1, 'held', '', now() + interval '1 minute')
            """);

        await CreateService(DateTime.UtcNow.AddHours(1)).RunRoundAsync(Cancellation);

        Assert.Equal("held", await Server.QueryAsync<string>("SELECT string_agg(batch_id, ' ') FROM batch_leases"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Deliveries_are_deleted_after_30_days_unless_an_active_webhook_will_send_them()
    {
        await Server.ExecuteAsync(
            $"""
            INSERT INTO webhooks (
                account_id, id, url, events, is_active, secret, created_at, updated_at, read_position, read_at, read_batch_id, read_version,
                read_until, inactive_periods)
            SELECT {_accounts[0]}, id, 'http://192.0.2.1/', array['batch.created'], id = 'active', 'whsec_AAAA', now(), now(),
                {long.MaxValue}, now(), '', 0, now(), array[]::bigint[]
            FROM unnest(array['active', 'inactive']) AS id;
            INSERT INTO webhook_deliveries (
                account_id, webhook_id, id, type, batch_id, version, changed, changed_at, status, attempts, failures, next_attempt_at,
                created_at)
            SELECT {_accounts[0]}, webhook, concat_ws('-', webhook, status, days, n), 'batch.created', n::text, 1, array[]::text[], now(),
                status, '[]', 0, CASE status WHEN 'pending' THEN now() + interval '1 day' END, now() - days * interval '1 day'
            FROM unnest(array['active', 'inactive', 'deleted']) AS webhook, unnest(array['pending', 'delivered', 'failed']) AS status,
                unnest(array[29, 31]) AS days, generate_series(1, 150) AS n
            """);

        await CreateService(DateTime.UtcNow).RunRoundAsync(Cancellation);

        Assert.Equal(
            "active pending",
            await Server.QueryAsync<string>(
                """
                SELECT string_agg(DISTINCT webhook_id || ' ' || status, ', ') FROM webhook_deliveries
                WHERE created_at < now() - interval '30 days'
                """));
        Assert.Equal((9 * 150) + 150, await Server.QueryAsync<long>("SELECT count(*) FROM webhook_deliveries"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Old_changes_and_idempotency_keys_are_deleted_and_recent_ones_kept()
    {
        await _client.SendAsync("POST", Http.Batches, Http.Batch("B-2"), headers: ("Idempotency-Key", "young"))
            .JsonAsync(HttpStatusCode.Created);

        // More rows of both than one statement deletes. The changes have no partition.
        await Server.ExecuteAsync(
            $"""
            INSERT INTO idempotency_keys (account_id, credential_id, key, request_hash, created_at)
                SELECT i % 3, 'c', i::text, '', now() - interval '25 hours' FROM generate_series(1, 1500) AS i;
            INSERT INTO {Change} SELECT i % 3, 'other', i, now() - interval '3 months', 'update', 'key', '', ''
                FROM generate_series(1, 1500) AS i
            """);

        await CreateService(DateTime.UtcNow).RunRoundAsync(Cancellation);

        Assert.Equal("young", await Server.QueryAsync<string>("SELECT string_agg(key, ' ') FROM idempotency_keys"));
        Assert.Equal("1", await Server.QueryAsync<string>("SELECT string_agg(version::text, ' ') FROM batch_changes"));
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(12)]
    public async Task Partitions_are_created_ahead(int months)
    {
        var now = ThisMonth.AddMonths(months).AddDays(27);
        await CreateService(now).RunRoundAsync(Cancellation);
        var expected = Enumerable.Range(0, 4)
            .Concat(Enumerable.Range(months, 4))
            .Distinct()
            .Select(i => $"{ThisMonth.AddMonths(i):'batch_changes_y'yyyy'm'MM}")
            .Prepend("batch_changes_default");
        Assert.Equal(string.Join(' ', expected), await Server.QueryAsync<string>(Partitions));

        await CreateService(now).RunRoundAsync(Cancellation);
        Assert.Equal(string.Join(' ', expected), await Server.QueryAsync<string>(Partitions));
        Assert.Empty(_log.Lines);

        // The last month ends where the default partition begins.
        var last = ThisMonth.AddMonths(months + 4);
        await Server.ExecuteAsync(
            $"""
            INSERT INTO {Change} SELECT 1, 'edge', i, t, 'update', 'key', '', '' FROM (VALUES
                (1, '{last.AddMonths(-1):O}'::timestamptz), (2, '{last.AddTicks(-10):O}'), (3, '{last:O}')) AS v (i, t)
            """);
        var name = $"{last.AddMonths(-1):'batch_changes_y'yyyy'm'MM}";
        Assert.Equal(
            $"{name} {name} batch_changes_default",
            await Server.QueryAsync<string>(
                "SELECT string_agg(tableoid::regclass::text, ' ' ORDER BY version) FROM batch_changes WHERE batch_id = 'edge'"));
    }

    [Fact]
    public async Task Changes_of_a_new_partition_are_moved_from_the_default_partition()
    {
        const string All = "SELECT string_agg(h::text, ',' ORDER BY h::text) FROM batch_changes AS h";
        var id = await _client.CreateIdAsync();
        for (var i = 0; i < 3; i++)
            await _client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"notes":"{{i}}"}""").JsonAsync();
        await Server.ExecuteAsync(
            $"""
            UPDATE batch_changes SET at = at + version * interval '3 months' WHERE batch_id = '{id}';
            INSERT INTO {Change} SELECT 1, 'many', i, '{ThisMonth.AddMonths(6):O}'::timestamptz + i * interval '1 second',
                'update', 'key', '', '' FROM generate_series(1, 5000) AS i
            """);
        var history = await _client.GetJsonAsync($"{Http.Batches}/{id}/history");
        var before = await Server.QueryAsync<string>(All);

        await CreateService(ThisMonth.AddMonths(6)).RunRoundAsync(Cancellation);

        Assert.Equal(before, await Server.QueryAsync<string>(All));
        Http.AssertSame(history, await _client.GetJsonAsync($"{Http.Batches}/{id}/history"));
        Assert.Equal(
            0L,
            await Server.QueryAsync<long>(
                $"""
                SELECT count(*) FROM batch_changes_default
                WHERE at >= '{ThisMonth.AddMonths(6):O}' AND at < '{ThisMonth.AddMonths(10):O}'
                """));
        Assert.Equal(1L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes_default"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Concurrent_servers_create_each_partition_once_while_changes_are_recorded()
    {
        var month = ThisMonth.AddMonths(8);
        using var stop = new CancellationTokenSource();
        var writing = WriteAsync();
        await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => CreateService(month).RunRoundAsync(Cancellation), Cancellation)));

        // A server that did not get a lock in time tries again.
        await CreateService(month).RunRoundAsync(Cancellation);
        await stop.CancelAsync();
        var written = await writing;

        Assert.Equal(9, (await Server.QueryAsync<string>(Partitions)).Split(' ').Length);
        Assert.Equal(0L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes_default"));
        Assert.Equal(written, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes"));

        async Task<long> WriteAsync()
        {
            for (var i = 0; ; i++)
            {
                if (stop.IsCancellationRequested)
                    return i;
                var insert = $"INSERT INTO {Change} VALUES (1, 'b', {i}, '{month.AddMinutes(i):O}', 'update', 'key', '', '')";
                try
                {
                    await Server.ExecuteAsync(insert);
                }
                catch (PostgresException exception) when (HistoryPartitions.IsPartitionConflict(exception))
                {
                    await Server.ExecuteAsync(insert);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_while_the_partition_of_its_month_is_created_succeeds(bool hasKey)
    {
        await Server.ExecuteAsync($"DROP TABLE batch_changes_y{ThisMonth:yyyy}m{ThisMonth:MM}");
        await using var creating = (NpgsqlConnection)await Server.BeginAsync(
            $"""
            CREATE TABLE month (LIKE batch_changes INCLUDING ALL);
            LOCK TABLE batch_changes_default IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE batch_changes ATTACH PARTITION month FOR VALUES FROM ('{ThisMonth:O}') TO ('{ThisMonth.AddMonths(1):O}')
            """);
        var writing = _client.SendAsync(
            "POST", Http.Batches, Http.Batch("B-1"), headers: hasKey ? [("Idempotency-Key", "once")] : []);
        const string IsWaiting =
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'batch_changes_default'::regclass)";
        while (!writing.IsCompleted && !await Server.QueryAsync<bool>(IsWaiting))
            await Task.Delay(5, Cancellation);
        await using (var commit = new NpgsqlCommand("COMMIT", creating))
            await commit.ExecuteNonQueryAsync(Cancellation);

        await writing.JsonAsync(HttpStatusCode.Created);
        Assert.Equal(1L, await Server.QueryAsync<long>("SELECT count(*) FROM month"));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, true)]
    public async Task A_partition_is_dropped_once_its_last_change_is_old(int seconds, bool isKept)
    {
        var (first, second) = (ThisMonth.AddMonths(-3), ThisMonth.AddMonths(-2));
        await Server.ExecuteAsync($"{CreatePartition("first", first)}; {CreatePartition("second", second)}");
        await Server.ExecuteAsync(
            $"""
            INSERT INTO {Change} VALUES (1, 'b', 1, '{second.AddTicks(-10):O}', 'create', 'key', '', ''),
                (1, 'b', 2, '{second:O}', 'update', 'key', '', '')
            """);

        var now = ThisMonth.AddSeconds(seconds);
        await CreateService(now, ThisMonth - second).RunRoundAsync(Cancellation);

        Assert.Equal(
            isKept ? "1 2" : "2",
            await Server.QueryAsync<string>("SELECT string_agg(version::text, ' ' ORDER BY version) FROM batch_changes"));
        Assert.Equal(isKept, (await Server.QueryAsync<string>(Partitions)).Contains("first", StringComparison.Ordinal));
        Assert.Equal(isKept, await Server.QueryAsync<bool>("SELECT to_regclass('first') IS NOT NULL"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_clock_that_is_far_off_deletes_nothing()
    {
        await Server.ExecuteAsync($"{CreatePartition("old", ThisMonth.AddMonths(-2))}");
        await Server.ExecuteAsync(
            $"""
            INSERT INTO {Change} VALUES (1, 'b', 1, '{ThisMonth.AddMonths(-2):O}', 'create', 'key', '', ''),
                (1, 'b', 2, '{ThisMonth.AddMonths(-3):O}', 'create', 'key', '', '')
            """);
        foreach (var years in (int[])[200, -40])
            await CreateService(DateTime.UtcNow.AddYears(years), TimeSpan.FromDays(200)).RunRoundAsync(Cancellation);
        Assert.Equal(2L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_partition_that_is_in_use_is_dropped_later_and_delays_writes_only_for_a_moment()
    {
        await Server.ExecuteAsync(CreatePartition("old", ThisMonth.AddMonths(-3)));
        await using (await Server.BeginAsync("SELECT count(*) FROM batch_changes"))
        {
            var round = CreateService(DateTime.UtcNow).RunRoundAsync(Cancellation);
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            while (!round.IsCompleted)
                await _client.CreateIdAsync($"B-{Guid.NewGuid():N}");
            await round;
            Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 4);
            Assert.Contains("old", await Server.QueryAsync<string>(Partitions), StringComparison.Ordinal);
            Assert.Contains("lock timeout", Assert.Single(_log.Lines), StringComparison.Ordinal);
        }
        await CreateService(DateTime.UtcNow).RunRoundAsync(Cancellation);
        Assert.DoesNotContain("old", await Server.QueryAsync<string>(Partitions), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_without_rights_is_logged_once_and_deletes_old_changes_in_chunks()
    {
        var role = $"retention_{Guid.NewGuid():N}";
        await Server.ExecuteAsync(CreatePartition("old", ThisMonth.AddMonths(-3)));
        await Server.ExecuteAsync(
            $"""
            CREATE ROLE {role} LOGIN PASSWORD 'p';
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
            INSERT INTO {Change} SELECT 1, 'b', i, '{ThisMonth.AddMonths(-3):O}', 'update', 'key', '', '' FROM generate_series(1, 450) AS i;
            INSERT INTO {Change} SELECT 1, 'c', i, '{ThisMonth.AddMonths(-4):O}', 'update', 'key', '', '' FROM generate_series(1, 450) AS i
            """);
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Username = role, Password = "p", Pooling = false };
            await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
            var service = CreateService(ThisMonth.AddMonths(9), source: source);
            await service.RunRoundAsync(Cancellation);
            await service.RunRoundAsync(Cancellation);

            var warning = Assert.Single(_log.Lines);
            Assert.StartsWith("Warning", warning, StringComparison.Ordinal);
            Assert.Contains($" TO \"{role}\"", warning, StringComparison.Ordinal);
            Assert.Equal(0L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes"));
            Assert.Equal(6, (await Server.QueryAsync<string>(Partitions)).Split(' ').Length);

            // Changes are recorded as before.
            await using var record = source.CreateCommand(
                $"INSERT INTO {Change} VALUES (1, 'd', 1, '{ThisMonth.AddMonths(9):O}', 'update', 'key', '', '')");
            Assert.Equal(1, await record.ExecuteNonQueryAsync(Cancellation));
            Assert.Equal(1L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes_default"));
        }
        finally
        {
            await Server.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task The_history_has_exactly_the_changes_within_the_retention_whatever_is_stored()
    {
        var id = await _client.CreateIdAsync();
        for (var i = 0; i < 5; i++)
            await _client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"rating":{{i}}}""").JsonAsync();

        // Two are too old: one has no partition, and one has.
        await Server.ExecuteAsync(
            $"""
            UPDATE batch_changes SET at = now() - interval '120 days' WHERE batch_id = '{id}' AND version = 1;
            UPDATE batch_changes SET at = now() - interval '10 days 1 minute' WHERE batch_id = '{id}' AND version = 2;
            UPDATE batch_changes SET at = now() - interval '9 days 23 hours 59 minutes' WHERE batch_id = '{id}' AND version = 3
            """);
        Assert.Equal(["6", "5", "4", "3"], await VersionsAsync("limit=20"));

        var page = await _client.GetJsonAsync($"{Http.Batches}/{id}/history?limit=3");
        Assert.Equal(["3"], await VersionsAsync($"limit=3&cursor={page["nextCursor"]}"));
        await CreateService(DateTime.UtcNow).RunRoundAsync(Cancellation);
        Assert.Equal(["6", "5", "4", "3"], await VersionsAsync("limit=20"));

        async Task<IEnumerable<string>> VersionsAsync(string parameters) =>
            (await _client.ListAsync($"{Http.Batches}/{id}/history?{parameters}")).Select(entry => $"{entry!["version"]}");
    }

    [Fact]
    public async Task The_history_in_several_partitions_is_the_same_as_in_one()
    {
        var id = await _client.CreateIdAsync();
        for (var i = 0; i < 7; i++)
            await _client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"notes":"{{i}}"}""").JsonAsync();
        var before = await ReadAsync();

        // Version 8 has no partition.
        await Server.ExecuteAsync($"UPDATE batch_changes SET at = at + (version - 1) * interval '20 days' WHERE batch_id = '{id}'");
        Assert.Equal(
            5L, await Server.QueryAsync<long>($"SELECT count(DISTINCT tableoid) FROM batch_changes WHERE batch_id = '{id}'"));

        Assert.Equal(before, await ReadAsync());

        async Task<string> ReadAsync()
        {
            var entries = new List<string>();
            var cursor = "";
            while (cursor is not null)
            {
                var page = await _client.GetJsonAsync($"{Http.Batches}/{id}/history?limit=3{cursor}");
                foreach (var entry in page["data"]!.AsArray())
                    entries.Add($"{entry!["version"]} {entry["action"]} {entry["by"]} {entry["changes"]}");
                cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : null;
            }
            return string.Join('\n', entries);
        }
    }

    [Fact]
    public async Task A_purge_removes_the_history_from_all_partitions()
    {
        var (gone, kept) = (await _client.CreateDeletedIdAsync("B-1"), await _client.CreateIdAsync("B-2"));
        await Server.ExecuteAsync(
            $"""
            UPDATE batches SET deleted_at = now() - interval '1 hour' WHERE id = '{gone}';
            INSERT INTO {Change} SELECT account_id, id, 10 + i, now() + (i - 2) * interval '1 month', 'update', 'key', '', ''
                FROM batches, generate_series(0, 9) AS i
            """);
        Assert.Equal(1, await PurgeAsync());
        Assert.Equal(kept, await Server.QueryAsync<string>(
            "SELECT string_agg(DISTINCT batch_id, ' ') FROM batch_changes WHERE action <> 'purge'"));
    }

    [Fact]
    public async Task A_purge_also_removes_changes_that_are_moved_meanwhile()
    {
        var gone = await _client.CreateDeletedIdAsync("B-1");
        await Server.ExecuteAsync(
            $"""
            UPDATE batches SET deleted_at = now() - interval '1 hour' WHERE id = '{gone}';
            UPDATE batch_changes SET at = '{ThisMonth.AddMonths(7):O}' WHERE batch_id = '{gone}'
            """);

        // A reader of the default partition holds up the server that moves the changes, so that the purge begins during the move.
        await using var reader = await Server.BeginAsync("SELECT count(*) FROM batch_changes_default");
        var moving = CreateService(ThisMonth.AddMonths(7)).RunRoundAsync(Cancellation);
        await WaitAsync("relation = 'batch_changes_default'::regclass");
        var purging = PurgeAsync();
        await WaitAsync("locktype = 'advisory'");
        await reader.DisposeAsync();
        await moving;

        Assert.Equal(1, await purging);
        Assert.Equal(0L, await Server.QueryAsync<long>("SELECT count(*) FROM batch_changes WHERE action <> 'purge'"));

        // The move may time out first, if the machine is slow.
        async Task WaitAsync(string locks)
        {
            while (!moving.IsCompleted
                && !await Server.QueryAsync<bool>($"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND {locks})"))
            {
                await Task.Delay(5, Cancellation);
            }
        }
    }

    private static string CreatePartition(string name, DateTime month) =>
        $"CREATE TABLE {name} PARTITION OF batch_changes FOR VALUES FROM ('{month:O}') TO ('{month.AddMonths(1):O}')";

    private Task<long> PurgeAsync() => BatchPurger.PurgeAsync(
        _source!,
        Server.Services.GetRequiredService<SeenByReader>(),
        _accounts.Select(id => (id, (IReadOnlyList<PolicyView>)[])),
        DateTime.UtcNow.AddMinutes(-1),
        _ => { },
        Cancellation);

    private RetentionService CreateService(DateTime now, TimeSpan? retention = null, NpgsqlDataSource? source = null)
    {
        using var logs = LoggerFactory.Create(builder => builder.AddProvider(_log));
        return new RetentionService(
            source ?? _source!,
            new DatabaseState(),
            new HistoryOptions(retention ?? TimeSpan.FromDays(10)),
            new FixedClock(now),
            logs.CreateLogger<RetentionService>());
    }

    /// <summary>A clock that stands still. Its timers run.</summary>
    private sealed class FixedClock(DateTime now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(now, TimeSpan.Zero);
    }
}

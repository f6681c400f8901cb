using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Changes;
using BatchesApi.Storage;
using BatchesApi.Storage.Changes;
using Npgsql;

namespace BatchesApi.ApiTests.Changes;

/// <summary><c>GET /api/v2/batches/changes</c> (specification, section 9.2).</summary>
public sealed class ChangeFeedTests(ApiServer server) : FeedTest(server)
{
    private const string RatedFour = "&p=%7B%22rating%22%3A4%7D";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_position_the_response_has_only_the_cursor_of_now()
    {
        await Client.CreateIdAsync();
        var page = await Client.GetJsonAsync(Feed);
        Assert.Equal(["data", "nextCursor", "more"], page.Select(member => member.Key));
        Assert.Empty(page["data"]!.AsArray());
        Assert.False((bool)page["more"]!);
    }

    [Fact]
    public async Task Every_change_comes_once_in_order()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var now = await FindNowAsync(Client);
        var id = await Client.CreateIdAsync("B-1");
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":4,"assignee":"amy"}""").JsonAsync();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":4}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();
        var batch = await Client.SendAsync("PUT", $"{Http.Batches}/{id}", Http.Batch("B-2")).JsonAsync();

        var entries = await FollowAsync(Client, now, 5);
        Assert.Equal(
            ["create 1", "update 2", "delete 3", "restore 4", "update 5"],
            entries.Select(entry => $"{entry["action"]} {entry["version"]}"));
        Assert.Equal(
            ["", "assignee,rating", "deletedAt", "deletedAt", "batchCode,assignee,rating"],
            entries.Select(entry => string.Join(',', entry["changed"]!.AsArray().Select(name => (string?)name))));
        Assert.All(entries, entry =>
        {
            Assert.Equal(
                ["id", "version", "action", "at", "by", "changeId", "changed", "batch"], entry.Select(member => member.Key));
            Assert.Equal(id, entry.Id());
            Http.AssertSame(batch, entry["batch"]);
            Assert.Null(entry["changeId"]);
        });
        var history = await Client.ListAsync($"{Http.Batches}/{id}/history");
        foreach (var (entry, change) in entries.Zip(history.Reverse()))
        {
            foreach (var member in (string[])["version", "action", "at", "by", "changeId"])
                Http.AssertSame(change![member], entry[member]);
        }
    }

    [Fact]
    public async Task A_deleted_batch_is_null_and_a_purge_replaces_earlier_changes()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var now = await FindNowAsync(Client);
        var (deleted, gone) = (await Client.CreateDeletedIdAsync("B-1"), await Client.CreateDeletedIdAsync("B-2"));
        var entries = await FollowAsync(Client, now, 4);
        Assert.All(entries, entry => Assert.Null(entry["batch"]));

        await admin.SendAsync("DELETE", $"{Http.Deleted}/{gone}?permanent=true").EmptyAsync();
        entries = await ReadAllAsync(Client, now);
        Assert.Equal([$"{deleted} create 1", $"{deleted} delete 2", $"{gone} purge 3"], entries.Select(Describe));
        Assert.Null(entries[2]["batch"]);
        Assert.Equal("key", (string?)entries[2]["by"]!["kind"]);
        Assert.Empty(entries[2]["changed"]!.AsArray());
    }

    [Fact]
    public async Task A_bulk_change_is_on_one_page_if_it_fits_and_split_if_it_does_not()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await Client.CreateIdAsync($"B-{i}"));
        var now = await FindNowAsync(Client);
        await Client.SendAsync("PATCH", $"{Http.Batches}/{ids[0]}", """{"rating":1}""").JsonAsync();
        var bulk = await Client.SendAsync(
            "POST", $"{Http.Batches}/bulk/update", """{"where":{"batchType":"renewal"},"set":{"rating":5}}""").JsonAsync();
        await FollowAsync(Client, now, 6);

        // With room for four, the page ends before the bulk change, which has five.
        var page = await Client.GetJsonAsync($"{Feed}?since={now}&limit=4");
        Assert.Single(page["data"]!.AsArray());
        Assert.True((bool)page["more"]!);
        page = await Client.GetJsonAsync($"{Feed}?since={page["nextCursor"]}&limit=4");
        Assert.Equal(ids.Take(4), page["data"]!.AsArray().Select(entry => entry!.Id()));
        Assert.All(page["data"]!.AsArray(), entry => Http.AssertSame(bulk["changeId"], entry!["changeId"]));
        page = await Client.GetJsonAsync($"{Feed}?since={page["nextCursor"]}&limit=4");
        Assert.Equal(ids[4], Assert.Single(page["data"]!.AsArray())!.Id());
    }

    [Fact]
    public async Task A_snapshot_has_every_active_batch_and_the_changes_follow_without_a_gap()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await Client.CreateIdAsync($"B-{i}"));
        await Client.CreateDeletedIdAsync("gone");
        await ReadAllAsync(Client, await FindNowAsync(Client));
        var page = await Client.GetJsonAsync($"{Feed}?since=start&limit=2");
        Assert.Equal(ids.Take(2), page["data"]!.AsArray().Select(entry => entry!.Id()));
        var first = page["data"]![0]!;
        Http.AssertSame(await Client.GetJsonAsync($"{Http.Batches}/{ids[0]}"), first["batch"]);
        Http.AssertSame(first["batch"]!["updatedAt"], first["at"]);
        Assert.Null(first["by"]);

        // Of a batch that changes meanwhile, each version comes once. One that is created or restored comes as a change.
        await Client.SendAsync("PATCH", $"{Http.Batches}/{ids[0]}", """{"rating":1}""").JsonAsync();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{ids[3]}", """{"rating":1}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{ids[4]}").EmptyAsync();
        await Client.SendAsync("POST", $"{Http.Deleted}/{ids[4]}/restore").JsonAsync();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{ids[3]}", """{"rating":2}""").JsonAsync();
        var created = await Client.CreateIdAsync("new");
        var entries = await ReadAllAsync(Client, (string)page["nextCursor"]!, "&limit=2");
        var snapshot = entries.Where(entry => (string?)entry["action"] == "snapshot").Select(Describe).ToList();
        Assert.Contains($"{ids[2]} snapshot 1", snapshot);
        Assert.Contains($"{ids[3]} snapshot 1", snapshot);
        Assert.DoesNotContain(snapshot, entry => entry.StartsWith(created, StringComparison.Ordinal));
        Assert.Equal(
            [
                $"{ids[0]} update 2", $"{ids[3]} update 2", $"{ids[4]} delete 2", $"{ids[4]} restore 3", $"{ids[3]} update 3",
                $"{created} create 1",
            ],
            entries.Skip(snapshot.Count).Select(Describe));
    }

    [Fact]
    public async Task A_filter_selects_batches_and_reports_those_that_leave()
    {
        var now = await FindNowAsync(Client);
        var (leaves, enters, stays, never) = (
            await CreateAsync("B-1", 4), await CreateAsync("B-2", 1), await CreateAsync("B-3", 4), await CreateAsync("B-4", 1));
        var before = await ReadAllAsync(Client, now, RatedFour);
        Assert.Equal([$"{leaves} create 1", $"{stays} create 1"], before.Select(Describe));
        await RateAsync(leaves, 1);
        await RateAsync(enters, 4);
        await RateAsync(never, 2);
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{stays}").EmptyAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{never}").EmptyAsync();

        var entries = await ReadAllAsync(Client, now, RatedFour);
        Assert.Equal(
            [$"{enters} create 1", $"{stays} create 1", $"{leaves} leave", $"{enters} update 2", $"{stays} delete 2"],
            entries.Select(Describe));
        Assert.Equal(["id", "action"], entries[2].Select(member => member.Key));
        var snapshot = await Client.GetJsonAsync($"{Feed}?since=start{RatedFour}");
        Assert.Equal([$"{enters} snapshot 2"], snapshot["data"]!.AsArray().Select(entry => Describe(entry!.AsObject())));
    }

    /// <summary>Earlier versions are not stored, so each kind of condition has to be evaluated on values that are not in a table.</summary>
    [Theory]
    [InlineData("""{"batchCode":{"$startsWith":"Ord"}}""", "\"batchCode\":\"order-1\"", "\"batchCode\":\"x-1\"")]
    [InlineData("""{"notes":{"$contains":"CAFE"}}""", "\"notes\":\"Café bar\"", "\"notes\":null")]
    [InlineData("""{"notes":{"$contains":"qu"}}""", "\"notes\":\"first quarter\"", "\"notes\":\"first\"")]
    [InlineData("""{"summary":{"$contains":"ربع"}}""", "\"summary\":\"الرُّبْع الأول\"", "\"summary\":\"a\"")]
    [InlineData("""{"$or":[{"assignee":{"$startsWith":"amy"}},{"rating":5}]}""", "\"assignee\":\"Amy W\"", "\"assignee\":\"ben\"")]
    [InlineData("""{"manager":{"$not":{"$contains":"maria"}}}""", "\"manager\":\"anna\"", "\"manager\":\"Maria\"")]
    [InlineData("""{"leadIds":"a"}""", "\"leadIds\":[\"b\",\"a\"]", "\"leadIds\":[\"b\"]")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$gte":"ab","$lt":"ac"}}}""", "\"leadIds\":[\"abc\"]", "\"leadIds\":[]")]
    [InlineData("""{"opportunityIds":{"$size":2}}""", "\"opportunityIds\":[\"a\",\"b\"]", "\"opportunityIds\":[\"a\"]")]
    [InlineData("""{"dueDate":{"$lt":"2026-12-02"}}""", "\"dueDate\":\"2026-12-01T23:00:00Z\"", "\"dueDate\":\"2026-12-03\"")]
    [InlineData("""{"repeated":true,"version":{"$lte":3}}""", "\"repeated\":true", "\"repeated\":false")]
    public async Task A_batch_leaves_every_kind_of_filter(string filter, string matching, string other)
    {
        var address = $"{Http.Batches}/{(await Client.CreateAsync(Http.Batch())).Id()}";
        var query = $"&p={Uri.EscapeDataString(filter)}";
        await Client.SendAsync("PATCH", address, $$"""{{{matching}}}""").JsonAsync();
        var now = await FindNowAsync(Client);
        await Client.SendAsync("PATCH", address, $$"""{{{other}}}""").JsonAsync();
        await Client.SendAsync("PATCH", address, """{"rating":1}""").JsonAsync();
        var entries = await ReadAllAsync(Client, now, query);
        Assert.Equal("leave", (string?)Assert.Single(entries, entry => (int?)entry["version"] != 1)["action"]);
    }

    [Fact]
    public async Task A_purge_is_reported_to_a_policy_that_the_batch_has_left()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var amy = await Server.CreateClientAsync("read", Account, """{"assignee":"amy"}""");
        using var carl = await Server.CreateClientAsync("read", Account, """{"assignee":"carl"}""");
        var id = await AssignAsync("B-1", "amy");
        var now = (await FollowToAsync(amy, "start", 1)).Cursor;
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"assignee":"ben"}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        await admin.SendAsync("DELETE", $"{Http.Deleted}/{id}?permanent=true").EmptyAsync();
        Assert.Equal([$"{id} purge 4"], (await ReadAllAsync(amy, now)).Select(Describe));
        Assert.Empty(await ReadAllAsync(carl, now));
    }

    [Fact]
    public async Task A_policy_hides_changes_before_a_batch_meets_it()
    {
        using var amy = await Server.CreateClientAsync("read", Account, """{"assignee":"amy"}""");
        var now = await FindNowAsync(amy);
        var id = await AssignAsync("B-1", "ben");
        foreach (var assignee in (string[])["carl", "amy", "ben", "amy"])
            await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"assignee":"{{assignee}}"}""").JsonAsync();
        Assert.Equal([$"{id} update 3", $"{id} update 4", $"{id} update 5"], (await ReadAllAsync(amy, now)).Select(Describe));
    }

    [Fact]
    public async Task A_policy_hides_batches_and_their_purges()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var amy = await Server.CreateClientAsync("read", Account, """{"assignee":{"$me":true}}""", "amy");
        var now = await FindNowAsync(amy);
        var (hers, other, moved) = (await AssignAsync("B-1", "amy"), await AssignAsync("B-2", "ben"), await AssignAsync("B-3", "amy"));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{moved}", """{"assignee":"ben"}""").JsonAsync();
        var entries = await ReadAllAsync(amy, now);
        Assert.Equal([$"{hers} create 1", $"{moved} leave"], entries.Select(Describe));

        foreach (var id in new[] { hers, other, moved })
        {
            await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
            await admin.SendAsync("DELETE", $"{Http.Deleted}/{id}?permanent=true").EmptyAsync();
        }
        Assert.Equal([$"{hers} purge 3", $"{moved} purge 4"], (await ReadAllAsync(amy, now)).Select(Describe));
        Assert.Equal(
            [$"{hers} purge 3", $"{other} purge 3", $"{moved} purge 4"], (await ReadAllAsync(Client, now)).Select(Describe));
    }

    /// <summary>The write that waited longer has the lower transaction id, because an idempotency key is claimed before.</summary>
    [Fact]
    public async Task Changes_of_a_batch_come_in_the_order_of_versions_whatever_their_transactions()
    {
        var id = await Client.CreateIdAsync();
        var now = await FindNowAsync(Client);
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var holder = await connection.BeginTransactionAsync(Cancellation);
        await using (var lockRow = new NpgsqlCommand($"SELECT 1 FROM batches WHERE id = '{id}' FOR UPDATE", connection))
            await lockRow.ExecuteNonQueryAsync(Cancellation);
        var first = Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        await WaitForAsync(1);
        var second = Client.SendAsync(
            "POST",
            $"{Http.Batches}/bulk/update",
            $$$"""{"ids":["{{{id}}}"],"set":{"rating":2}}""",
            headers: ("Idempotency-Key", Guid.NewGuid().ToString())).JsonAsync();
        await WaitForAsync(2);
        await holder.CommitAsync(Cancellation);
        await first;
        await second;

        var entries = await FollowAsync(Client, now, 2, "&limit=1");
        Assert.Equal(["update 2", "update 3"], entries.Select(entry => $"{entry["action"]} {entry["version"]}"));

        async Task WaitForAsync(int count)
        {
            await using var waiting = source.CreateCommand(
                """
                SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
                WHERE NOT l.granted AND a.datname = current_database()
                """);
            while ((long)(await waiting.ExecuteScalarAsync(Cancellation))! < count)
                await Task.Delay(5, Cancellation);
        }
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_not_skipped()
    {
        var early = await Client.CreateIdAsync("B-1");
        var now = await FindNowAsync(Client);
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var late = await connection.BeginTransactionAsync(Cancellation);
        await using (var change = new NpgsqlCommand(
            $"""
            UPDATE batches SET version = 2, rating = 3, position = pg_current_xact_id()::text::bigint WHERE id = '{early}';
            INSERT INTO batch_changes (account_id, batch_id, version, at, position, action, actor_kind, actor_id, actor_name)
            SELECT account_id, id, version, now(), position, 'update', 'key', '', '' FROM batches WHERE id = '{early}'
            """,
            connection))
        {
            await change.ExecuteNonQueryAsync(Cancellation);
        }
        var later = await Client.CreateIdAsync("B-2");
        Assert.Empty((await Client.GetJsonAsync($"{Feed}?since={now}&wait=1"))["data"]!.AsArray());
        var cursor = (string)(await Client.GetJsonAsync($"{Feed}?since={now}"))["nextCursor"]!;
        await late.CommitAsync(Cancellation);
        Assert.Equal([$"{early} update 2", $"{later} create 1"], (await FollowAsync(Client, cursor, 2)).Select(Describe));
    }

    [Fact]
    public async Task A_change_ends_the_wait()
    {
        var now = await FindNowAsync(Client);
        var page = Client.GetJsonAsync($"{Feed}?since={now}&wait=60");
        await Task.Delay(300, Cancellation);
        Assert.False(page.IsCompleted);
        var id = await Client.CreateIdAsync();
        Assert.Equal($"{id} create 1", Describe((await page)["data"]![0]!.AsObject()));
    }

    [Theory]
    [InlineData("since=x", "since: not a cursor of the changes of this account. Send 'nextCursor' unchanged, or start.")]
    [InlineData("limit=0", "limit: must be a whole number from 1 to 1,000.")]
    [InlineData("wait=61", "wait: must be a whole number from 0 to 60.")]
    [InlineData("q=x", "q: is not a parameter of this operation. Parameters: since, limit, wait, p.")]
    public async Task Invalid_parameters_are_errors(string query, string error) =>
        Assert.Equal([error], await Client.SendAsync("GET", $"{Feed}?{query}").ValidationErrorsAsync("invalid_parameter"));

    [Fact]
    public async Task A_cursor_belongs_to_its_account_but_not_to_a_credential_or_filter()
    {
        using var stranger = await Server.CreateClientAsync();
        using var reader = await Server.CreateClientAsync("read", Account, """{"rating":4}""");
        var now = await FindNowAsync(Client);
        Assert.Single(await stranger.SendAsync("GET", $"{Feed}?since={now}").ValidationErrorsAsync("invalid_parameter"));
        await reader.GetJsonAsync($"{Feed}?since={now}{RatedFour}");
    }

    [Fact]
    public async Task A_cursor_without_the_changes_after_it_has_expired()
    {
        await using var separate = await SeparateServer.StartAsync(Server, settings: ("History:RetentionDays", "1"));
        var (account, key) = await separate.CreateAccountAsync("acme");
        using var client = separate.CreateClient(key);
        var now = ChangeCursor.Read(account, await ReadNowAsync(client))!;
        await client.GetJsonAsync($"{Feed}?since={ChangeCursor.Write(account, now)}");

        await AssertExpiredAsync(now with { ReadAt = now.ReadAt.AddHours(-23.5) });
        await AssertExpiredAsync(now with { ReadAt = now.ReadAt.AddHours(-23.5), SnapshotId = "" });

        // The cluster was restored to an earlier time.
        await AssertExpiredAsync(now with { After = ChangePosition.Before(now.After.Position + 1_000_000) });

        // The database was restored from a dump.
        await separate.ExecuteAsync("UPDATE accounts SET database_identity = database_identity + 1");
        await using var source = NpgsqlDataSource.Create(separate.ConnectionString);
        await PositionOffsets.AdjustAsync(source, Cancellation);
        await PositionOffsets.AdjustAsync(source, Cancellation);
        await AssertExpiredAsync(now);
        var cursor = await ReadNowAsync(client);
        Assert.InRange(ChangeCursor.Read(account, cursor)!.After.Position, PositionOffsets.Step, 2 * PositionOffsets.Step);
        var id = await client.CreateIdAsync();
        Assert.Equal([$"{id} create 1"], (await FollowAsync(client, cursor, 1)).Select(Describe));

        async Task AssertExpiredAsync(FeedPosition position)
        {
            var problem = await client.SendAsync("GET", $"{Feed}?since={ChangeCursor.Write(account, position)}")
                .ProblemAsync(HttpStatusCode.Gone, "cursor_expired");
            Assert.Contains("since=start", (string?)problem["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_has_a_maximum_size_and_continues()
    {
        await using var separate = await SeparateServer.StartAsync(Server, settings: ("Lists:MaxPageMegabytes", "1"));
        using var client = separate.CreateClient((await separate.CreateAccountAsync("acme")).Key);
        var now = await ReadNowAsync(client);
        var leads = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"{new string('x', 58)}{i:000000}\""));
        for (var i = 0; i < 40; i++)
            await client.CreateAsync(Http.Batch($"B-{i}", $"\"leadIds\":[{leads}]"));
        var entries = await FollowAsync(client, now, 40);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"B-{i}"), entries.Select(entry => (string?)entry["batch"]!["batchCode"]));
        using var response = await client.SendAsync("GET", $"{Feed}?since={now}");
        Assert.InRange((await response.TextAsync(HttpStatusCode.OK)).Length, 500_000, 1_200_000);
        var snapshot = new List<JsonNode?>();
        for (var since = "start"; snapshot.Count < 40;)
        {
            var page = await client.GetJsonAsync($"{Feed}?since={since}");
            snapshot.AddRange(page["data"]!.AsArray().Select(entry => entry!["batch"]!["batchCode"]));
            since = (string)page["nextCursor"]!;
        }
        Assert.Equal(40, snapshot.Select(code => (string?)code).Distinct().Count());
    }

    private async Task<string> CreateAsync(string code, int rating) =>
        (await Client.CreateAsync(Http.Batch(code, $"\"rating\":{rating}"))).Id();

    private async Task<string> AssignAsync(string code, string assignee) =>
        (await Client.CreateAsync(Http.Batch(code, $"\"assignee\":\"{assignee}\""))).Id();

    private async Task RateAsync(string id, int rating) =>
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"rating":{{rating}}}""").JsonAsync();
}

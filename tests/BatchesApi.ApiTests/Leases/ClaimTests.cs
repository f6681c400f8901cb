using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ApiTests.Leases;

/// <summary><c>POST /api/v2/batches/claim</c> (specification, section 8.5).</summary>
public sealed class ClaimTests(ApiServer server) : LeaseTest(server)
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{}")]
    [InlineData("""{"where":null,"sortBy":null,"order":null,"limit":null,"for":null,"set":null}""")]
    public async Task A_claim_without_members_takes_the_newest_batch_for_15_minutes(string? body)
    {
        await Client.CreateIdAsync("B-1");
        var newest = await Client.CreateAsync(Http.Batch("B-2"));
        var before = DateTime.UtcNow;

        var claimed = Assert.Single(await ClaimAsync(body));

        var lease = claimed["lease"]!.AsObject();
        Assert.True(claimed.Remove("lease"));
        Http.AssertSame(newest, claimed);
        Assert.Equal(["token", "until"], lease.Select(member => member.Key));
        Assert.Matches("^[A-Za-z0-9_-]{32}$", (string?)lease["token"]);
        var until = DateTime.Parse((string)lease["until"]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        Assert.InRange(until, before.AddMinutes(14), DateTime.UtcNow.AddMinutes(16));
    }

    [Fact]
    public async Task Claims_follow_the_order_and_never_return_a_leased_batch()
    {
        await CreateAsync(("B-1", "\"dueDate\":\"2026-12-03\""), ("B-2", ""), ("B-3", "\"dueDate\":\"2026-12-01\""), ("B-4", ""));
        const string Body = """{"sortBy":"dueDate","order":"asc","limit":2}""";
        Assert.Equal(["B-3", "B-1"], Codes(await ClaimAsync(Body)));

        // Without a due date, the older one comes first.
        Assert.Equal(["B-2", "B-4"], Codes(await ClaimAsync(Body)));
        Assert.Empty(await ClaimAsync(Body));
        await EndLeasesAsync();
        Assert.Equal(["B-3", "B-1"], Codes(await ClaimAsync(Body)));
    }

    [Theory]
    [InlineData("sortBy", "rating", "B-2 B-1 B-3")]
    [InlineData("sortBy", "-rating", "B-2 B-1 B-3")]
    [InlineData("sortBy", "repeated,batchCode", "B-3 B-2 B-1")]
    [InlineData("sortBy", "summary", "B-1 B-3 B-2")]
    [InlineData("order", "asc", "B-1 B-2 B-3")]
    public async Task Every_order_of_a_list_works(string name, string value, string codes)
    {
        await CreateAsync(
            ("B-1", "\"rating\":3,\"summary\":\"b\""), ("B-2", "\"rating\":5"), ("B-3", "\"repeated\":true,\"summary\":\"a\""));
        Assert.Equal(codes, string.Join(' ', Codes(await ClaimAsync($$"""{"{{name}}":"{{value}}","limit":100}"""))));
    }

    [Fact]
    public async Task Where_selects_the_batches()
    {
        await CreateAsync(
            ("B-1", "\"assignee\":\"amy\",\"rating\":5"), ("B-2", "\"rating\":3,\"leadIds\":[\"x\"]"), ("B-3", "\"notes\":\"Café\""));
        foreach (var (where, code) in ((string, string)[])
            [("""{"assignee":"amy"}""", "B-1"), ("""{"leadIds":"x"}""", "B-2"), ("""{"notes":{"$contains":"CAFE"}}""", "B-3")])
        {
            Assert.Equal(code, Assert.Single(Codes(await ClaimAsync($$"""{"where":{{where}},"limit":10}"""))));
        }
        Assert.Empty(await ClaimAsync("""{"where":{"$or":[{"rating":3},{"assignee":"amy"}]},"limit":10}"""));
    }

    [Fact]
    public async Task Set_changes_the_claimed_batches_and_is_recorded()
    {
        var (one, two, other) = (await Client.CreateIdAsync("B-1"), await Client.CreateIdAsync("B-2"), await Client.CreateIdAsync("B-3"));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{two}", """{"assignee":"amy","rating":1}""").JsonAsync();

        var claimed = await ClaimAsync(
            """{"where":{"batchCode":{"$lt":"B-3"}},"sortBy":"batchCode","order":"asc","limit":5,"set":{"assignee":"amy","rating":1}}""");

        // The second batch had these values before.
        Assert.Equal([one, two], claimed.Select(batch => batch.Id()));
        Assert.All(claimed, batch =>
            Assert.Equal(("amy", 1, 2), ((string?)batch["assignee"], (int?)batch["rating"], (int?)batch["version"])));
        foreach (var batch in claimed)
        {
            Assert.True(batch.Remove("lease"));
            Http.AssertSame(await Client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"), batch);
        }
        var history = await Client.ListAsync($"{Http.Batches}/{one}/history");
        Assert.Equal(["update", "create"], history.Select(change => (string?)change!["action"]));
        Assert.Equal(["assignee", "rating"], history[0]!["changes"]!.AsObject().Select(change => change.Key));
        Assert.Equal(2, (await Client.ListAsync($"{Http.Batches}/{two}/history")).Count);
        Assert.Equal(1, (int?)(await Client.GetJsonAsync($"{Http.Batches}/{other}"))["version"]);
        Assert.Equal([two, one], (await Client.ListAsync($"{Http.Batches}?q=amy")).Select(batch => batch!.Id()));
    }

    [Fact]
    public async Task A_claim_without_set_changes_no_batch_and_no_list()
    {
        await CreateAsync(("B-1", ""), ("B-2", ""), ("B-3", ""));
        var before = (await Client.GetJsonAsync($"{Http.Batches}?count=exact")).ToJsonString();
        var claimed = await ClaimAsync("""{"limit":2,"set":{}}""");
        Assert.Equal(before, (await Client.GetJsonAsync($"{Http.Batches}?count=exact")).ToJsonString());
        Assert.Single(await Client.ListAsync($"{Http.Batches}/{claimed[0].Id()}/history"));
    }

    [Fact]
    public async Task Concurrent_claims_share_the_batches_without_taking_one_twice()
    {
        var array = new JsonArray([.. Enumerable.Range(0, 200).Select(i =>
            JsonNode.Parse(Http.Batch($"B-{i:D3}", $"\"rating\":{i % 6}")))]);
        using (await Client.SendAsync("POST", Http.Batches, array.ToJsonString()))
        {
        }

        // Fifty workers, each of which claims until there is nothing left.
        var claimed = await Task.WhenAll(Enumerable.Range(0, 50).Select(async worker =>
        {
            var own = new List<JsonObject>();
            var claim = $$"""{"sortBy":"rating","limit":{{1 + (worker % 3)}},"set":{"assignee":"w{{worker}}"} }""";
            while (await ClaimAsync(claim) is { Length: > 0 } next)
            {
                Assert.Equal(next.Select(batch => (int)batch["rating"]!).OrderDescending(), next.Select(batch => (int)batch["rating"]!));
                own.AddRange(next);
            }
            Assert.All(own, batch => Assert.Equal($"w{worker}", (string?)batch["assignee"]));

            // The batches that others held when one was chosen are not better than it.
            Assert.Equal(own.Select(batch => (int)batch["rating"]!).OrderDescending(), own.Select(batch => (int)batch["rating"]!));
            return own;
        }));

        var all = claimed.SelectMany(own => own).ToList();
        Assert.Equal(200, all.Count);
        Assert.Equal(200, all.DistinctBy(batch => batch.Id()).Count());
        Assert.Equal(200, all.DistinctBy(Token).Count());
        Assert.All(all, batch => Assert.Equal(2, (int?)batch["version"]));
    }

    [Fact]
    public async Task A_batch_that_another_transaction_has_locked_is_skipped()
    {
        await CreateAsync(("B-1", ""), ("B-2", ""));
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var account = await Server.AccountIdAsync(Account);
        await using var command = new NpgsqlCommand(
            $"SELECT 1 FROM batches WHERE account_id = {account} AND batch_code = 'B-2' FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["B-1"], Codes(await ClaimAsync("""{"limit":2}""")));
    }

    /// <summary>The claim starts before the other lease is committed, so that it does not see it, and locks the batch afterwards.</summary>
    [Fact]
    public async Task A_claim_that_is_outrun_takes_the_next_batch()
    {
        await CreateAsync(("B-1", ""), ("B-2", ""));
        var account = await Server.AccountIdAsync(Account);
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var other = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var lease = new NpgsqlCommand(
            $"""
            INSERT INTO batch_leases (account_id, batch_id, token_hash, until)
            SELECT account_id, id, '', now() + interval '1 hour' FROM batches WHERE account_id = {account} AND batch_code = 'B-2'
            """,
            connection);
        await lease.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        // The claim waits for the uncommitted lease of the newest batch.
        var claiming = ClaimAsync();
        while (!await QueryAsync<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {connection.ProcessID} = ANY (pg_blocking_pids(pid)))"))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        await other.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["B-1"], Codes(await claiming));
    }

    [Fact]
    public async Task A_deleted_batch_is_not_claimed_and_keeps_its_lease_when_it_is_restored()
    {
        var id = await Client.CreateIdAsync();
        var token = Token(Assert.Single(await ClaimAsync()));
        await SendLeasedAsync(Client, "DELETE", $"{Http.Deleted}/{id}", token).EmptyAsync();
        await Client.SendAsync("POST", $"{Http.Batches}/{id}/lease", $$"""{"token":"{{token}}"}""")
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Assert.Empty(await ClaimAsync());
        await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();
        Assert.Empty(await ClaimAsync());
        await EndLeasesAsync();
        Assert.Equal(id, Assert.Single(await ClaimAsync()).Id());
    }

    [Fact]
    public async Task A_policy_limits_claims_and_what_they_set()
    {
        var mine = (await Client.CreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""))).Id();
        await Client.CreateIdAsync("B-2");
        using var amy = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"amy"}""");

        await amy.SendAsync("POST", Claims, """{"set":{"assignee":"ben"}}""").ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        Assert.Equal(1, (int?)(await amy.GetJsonAsync($"{Http.Batches}/{mine}"))["version"]);

        var claimed = await ClaimAsync(amy, """{"limit":10,"set":{"rating":4}}""");
        Assert.Equal(mine, Assert.Single(claimed).Id());
        Assert.Empty(await ClaimAsync(amy));
        Assert.Equal(["B-2"], Codes(await ClaimAsync("""{"limit":10}""")));
    }

    [Fact]
    public async Task A_claim_is_replayed_with_its_tokens()
    {
        await CreateAsync(("B-1", ""), ("B-2", ""));
        async Task<(string Body, bool IsReplay)> SendAsync(string body)
        {
            using var response = await Client.SendAsync("POST", Claims, body, headers: ("Idempotency-Key", "k"));
            return (await response.TextAsync(HttpStatusCode.OK), response.Headers.Contains("Idempotent-Replayed"));
        }

        var (first, isReplay) = await SendAsync("""{"set":{"rating":1}}""");
        Assert.False(isReplay);
        Assert.Equal((first, true), await SendAsync("""{"set":{"rating":1}}"""));
        Assert.Single(await ClaimAsync("""{"limit":10}"""));
        var problem = await Client.SendAsync("POST", Claims, """{"set":{"rating":2}}""", headers: ("Idempotency-Key", "k"))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Assert.Contains("another request", (string?)problem["detail"], StringComparison.Ordinal);
        await Client.SendAsync("POST", Http.Batches, Http.Batch("B-3"), headers: ("Idempotency-Key", "k"))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_failed_claim_takes_nothing()
    {
        await Client.CreateIdAsync();
        await Client.SendAsync("POST", Claims, """{"set":{"rating":9}}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid_body");
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task A_batch_of_another_account_is_not_claimed()
    {
        await Client.CreateIdAsync();
        using var stranger = await Server.CreateClientAsync();
        Assert.Empty(await ClaimAsync(stranger));
        Assert.Single(await ClaimAsync());
    }

    private async Task CreateAsync(params (string Code, string More)[] batches)
    {
        foreach (var (code, more) in batches)
            await Client.CreateAsync(Http.Batch(code, more));
    }

    private static IEnumerable<string> Codes(IEnumerable<JsonObject> batches) => batches.Select(batch => (string)batch["batchCode"]!);
}

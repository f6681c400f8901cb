using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace BatchesApi.ApiTests.Leases;

/// <summary>Leases: extension, release, and writes under a lease (specification, section 8.5).</summary>
public sealed class LeaseTests(ApiServer server) : LeaseTest(server)
{
    private const string Unknown = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static readonly (string Method, string Path, string? Body)[] Writes =
    [
        ("PATCH", Http.Batches + "/{id}", """{"rating":4}"""),
        ("PUT", Http.Batches + "/{id}", """{"batchCode":"B-9","batchType":"renewal"}"""),
        ("DELETE", Http.Deleted + "/{id}", null),
    ];

    public static TheoryData<string, string, string?> FencedWrites =>
        [.. Writes.Select(write => new TheoryDataRow<string, string, string?>(write.Method, write.Path, write.Body))];

    [Fact]
    public async Task An_extension_moves_the_end_of_the_lease_from_now()
    {
        var (id, token) = await CreateLeasedAsync("""{"for":"10s"}""");
        foreach (var (duration, minutes) in ((string?, int)[])[("2h", 120), ("1d", 1440), (null, 15), ("60s", 1)])
        {
            var lease = await ExtendAsync(id, token, duration).JsonAsync();
            Assert.Equal(["token", "until"], lease.Select(member => member.Key));
            Assert.Equal(token, (string?)lease["token"]);
            var until = DateTime.Parse((string)lease["until"]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
            Assert.InRange((until - DateTime.UtcNow).TotalMinutes, minutes - 0.5, minutes + 0.1);
        }
        Assert.Equal(1, (int?)(await Client.GetJsonAsync($"{Http.Batches}/{id}"))["version"]);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_released_batch_can_be_claimed_again_with_another_token()
    {
        var (id, token) = await CreateLeasedAsync();
        await SendLeasedAsync(Client, "DELETE", LeaseOf(id), token).EmptyAsync();

        var claimed = Assert.Single(await ClaimAsync());

        Assert.NotEqual(token, Token(claimed));
        await SendLeasedAsync(Client, "DELETE", LeaseOf(id), token).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        await ExtendAsync(id, Token(claimed)).JsonAsync();
    }

    [Fact]
    public async Task A_wrong_an_ended_and_a_replaced_token_are_lost()
    {
        var (id, token) = await CreateLeasedAsync();
        var other = await Client.CreateIdAsync("B-2");
        var otherToken = Token(Assert.Single(await ClaimAsync()));
        await AssertLostAsync(id, otherToken);
        await AssertLostAsync(other, token);
        await AssertLostAsync(id, Unknown);
        await AssertLostAsync(id, token.ToLowerInvariant());
        await EndLeasesAsync();
        await AssertLostAsync(id, token);
        var next = await ClaimAsync("""{"where":{"batchCode":"B-1"}}""");
        await AssertLostAsync(id, token);
        await ExtendAsync(id, Token(Assert.Single(next))).JsonAsync();
    }

    [Fact]
    public async Task A_batch_without_a_lease_has_none_to_extend_or_end()
    {
        var id = await Client.CreateIdAsync();
        await AssertLostAsync(id, Unknown);
    }

    [Fact]
    public async Task Tokens_are_useless_to_other_accounts_and_outside_a_policy()
    {
        var (id, token) = await CreateLeasedAsync();
        using var stranger = await Server.CreateClientAsync();
        using var restricted = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"amy"}""");
        foreach (var client in (HttpClient[])[stranger, restricted])
        {
            await client.SendAsync("POST", LeaseOf(id), $$"""{"token":"{{token}}"}""")
                .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            await SendLeasedAsync(client, "DELETE", LeaseOf(id), token).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            await SendLeasedAsync(client, "PATCH", $"{Http.Batches}/{id}", token, """{"rating":1}""")
                .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        }
        await ExtendAsync(id, token).JsonAsync();
    }

    [Theory]
    [MemberData(nameof(FencedWrites))]
    public async Task A_write_under_a_lease_is_done_only_while_the_lease_lasts(string method, string path, string? body)
    {
        var (id, token) = await CreateLeasedAsync();
        var address = path.Replace("{id}", id, StringComparison.Ordinal);
        await SendLeasedAsync(Client, method, address, Unknown, body).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        await EndLeasesAsync();
        await SendLeasedAsync(Client, method, address, token, body).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        Assert.Equal(1, (int?)(await Client.GetJsonAsync($"{Http.Batches}/{id}"))["version"]);
        Assert.Single(await Client.ListAsync($"{Http.Batches}/{id}/history"));

        token = Token(Assert.Single(await ClaimAsync()));
        using (var done = await SendLeasedAsync(Client, method, address, token, body))
            Assert.True(done.IsSuccessStatusCode, $"{done.StatusCode}");
        Assert.Equal(2, (await Client.ListAsync($"{Http.Batches}/{id}/history")).Count);
    }

    [Theory]
    [MemberData(nameof(FencedWrites))]
    public async Task A_write_without_a_token_ignores_leases(string method, string path, string? body)
    {
        var (id, _) = await CreateLeasedAsync();
        using var done = await Client.SendAsync(method, path.Replace("{id}", id, StringComparison.Ordinal), body);
        Assert.True(done.IsSuccessStatusCode, $"{done.StatusCode}");
    }

    [Fact]
    public async Task A_permanent_deletion_obeys_and_ends_the_lease()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        var (id, token) = await CreateLeasedAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        var address = $"{Http.Deleted}/{id}?permanent=true";
        await SendLeasedAsync(admin, "DELETE", address, Unknown).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        await SendLeasedAsync(admin, "DELETE", address, token).EmptyAsync();
        Assert.Equal(0L, await QueryAsync<long>($"SELECT count(*) FROM batch_leases WHERE batch_id = '{id}'"));
    }

    [Fact]
    public async Task An_unknown_batch_precedes_a_lost_lease_and_the_lease_precedes_the_version()
    {
        var (id, token) = await CreateLeasedAsync();
        foreach (var (method, path, body) in Writes)
        {
            await SendLeasedAsync(Client, method, path.Replace("{id}", TestRoutes.UnknownId, StringComparison.Ordinal), Unknown, body)
                .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            var address = path.Replace("{id}", id, StringComparison.Ordinal);
            await Client.SendAsync(method, address, body, headers: [("Batch-Lease", Unknown), ("If-Match", "\"7\"")])
                .ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
            await Client.SendAsync(method, address, body, headers: [("Batch-Lease", token), ("If-Match", "\"7\"")])
                .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
        }
    }

    [Fact]
    public async Task Invalid_headers_are_named_together_behind_an_unknown_batch()
    {
        var (id, _) = await CreateLeasedAsync();
        (string, string)[] headers = [("Batch-Lease", ""), ("If-Match", "7")];
        var errors = await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", "{}", headers: headers)
            .ValidationErrorsAsync("invalid_header");
        Assert.Equal(["If-Match", "Batch-Lease"], errors.Select(error => error.Split(':')[0]));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", "{}", headers: headers)
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        foreach (var header in ((string, string)[][])[[], [("Batch-Lease", "")]])
        {
            var error = Assert.Single(
                await Client.SendAsync("DELETE", LeaseOf(id), headers: header).ValidationErrorsAsync("invalid_header"));
            Assert.StartsWith("Batch-Lease: is ", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "token: is required")]
    [InlineData("""{"for":"15m"}""", "token: is required")]
    [InlineData("""{"token":1}""", "token: must be a string, but is 1.")]
    [InlineData("""{"token":"a","for":"1s"}""", "for: must be a duration from 10s to 24h")]
    [InlineData("""{"token":"a","limit":1}""", "limit: is not a member of this body.")]
    public async Task An_invalid_extension_is_rejected(string body, string error)
    {
        var (id, _) = await CreateLeasedAsync();
        var errors = await Client.SendAsync("POST", LeaseOf(id), body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_waits_for_a_claim_finds_its_lease_replaced()
    {
        var (id, token) = await CreateLeasedAsync();
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var claim = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var take = new NpgsqlCommand(
            $"""
            SELECT 1 FROM batches WHERE id = '{id}' FOR UPDATE;
            UPDATE batch_leases SET token_hash = 'other' WHERE batch_id = '{id}'
            """,
            connection);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var writing = SendLeasedAsync(Client, "PATCH", $"{Http.Batches}/{id}", token, """{"rating":1}""");
        while (!await QueryAsync<bool>(
            $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {connection.ProcessID} = ANY (pg_blocking_pids(pid)))"))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        await claim.CommitAsync(TestContext.Current.CancellationToken);
        await writing.ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        Assert.Equal(1, (int?)(await Client.GetJsonAsync($"{Http.Batches}/{id}"))["version"]);
    }

    private static string LeaseOf(string id) => $"{Http.Batches}/{id}/lease";

    private async Task<(string Id, string Token)> CreateLeasedAsync(string? claim = null)
    {
        var id = await Client.CreateIdAsync();
        return (id, Token(Assert.Single(await ClaimAsync(claim))));
    }

    private Task<HttpResponseMessage> ExtendAsync(string id, string token, string? duration = null)
    {
        var body = new JsonObject { ["token"] = token };
        if (duration is not null)
            body["for"] = duration;
        return Client.SendAsync("POST", LeaseOf(id), body.ToJsonString());
    }

    private async Task AssertLostAsync(string id, string token)
    {
        await ExtendAsync(id, token).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
        await SendLeasedAsync(Client, "DELETE", LeaseOf(id), token).ProblemAsync(HttpStatusCode.Conflict, "lease_lost");
    }
}

using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.ApiTests.Access;

/// <summary>Keys with a policy (specification, section 6): other batches do not exist for them, and their writes stay within the
/// policy.</summary>
public sealed class PolicyTests(ApiServer server) : IAsyncLifetime
{
    private const string Policy = """{"assignee":"amy","rating":{"$not":{"$gte":4}}}""";

    private readonly string _account = ApiServer.NewAccountName();
    private HttpClient _all = new();
    private HttpClient _mine = new();
    private string _seen = "";
    private string _hidden = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _all = await server.CreateClientAsync(account: _account);
        _mine = await server.CreateClientAsync(account: _account, policy: Policy);
        _seen = await CreateAsync("B-seen", "amy", 3);
        _hidden = await CreateAsync("B-hidden", "bob", 3);
        await CreateAsync("B-rated", "amy", 4);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _all.Dispose();
        _mine.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Policies_are_read_once_unless_they_depend_on_the_name()
    {
        const string Escaped = """{"assignee":{"\u0024me":true}}""";
        var account = ApiServer.NewAccountName();
        foreach (var policy in (string[])["""{"rating":4}""", """{"assignee":{"$me":true}}""", Escaped])
        {
            await server.CreateKeyAsync(account: account, policy: policy, name: "amy");
            await server.CreateKeyAsync(account: account, policy: policy, name: "ben");
        }
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var policies = await CredentialReader.FindPoliciesAsync(
            source, await server.AccountIdAsync(account), DateTime.UtcNow, TestContext.Current.CancellationToken);
        Assert.Equal(["", "amy", "amy", "ben", "ben"], policies.Select(policy => policy.Name).Order());
        Assert.Equal(5, policies.Select(policy => PolicyDigest.Create(policy.Policy, policy.Name)).Distinct().Count());
    }

    [Fact]
    public async Task Lists_and_totals_contain_only_batches_within_the_policy()
    {
        foreach (var query in (string[])
            ["", "?count=exact", "?q=b", "?fields=batchType:renewal", "?p={\"batchType\":\"renewal\"}", "?sortBy=rating", "?limit=1"])
        {
            var page = await _mine.GetJsonAsync(Http.Batches + query);
            Assert.Equal([_seen], page["data"]!.AsArray().Select(batch => batch!.Id()));
            Assert.Equal(1, (int?)page["total"]);
            Assert.Null(page["nextCursor"]);
        }
        Assert.Equal(0, (int?)(await _mine.GetJsonAsync($"{Http.Batches}?p={{\"assignee\":\"bob\"}}"))["total"]);
    }

    [Fact]
    public async Task A_policy_may_match_text()
    {
        using var client = await server.CreateClientAsync(
            account: _account, policy: """{"batchCode":{"$startsWith":"b-"},"notes":{"$not":{"$contains":"x"}}}""");
        Assert.Equal(3, (await client.ListAsync(Http.Batches)).Count);
        await client.CreateAsync(Http.Batch("B-new"));
        await client.SendAsync("POST", Http.Batches, Http.Batch("C-new")).ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        foreach (var (change, isWithin) in ((string, bool)[])
            [("""{"notes":"a X"}""", false), ("""{"batchCode":"C-1"}""", false), ("""{"notes":"a"}""", true)])
        {
            using var response = await client.SendAsync("PATCH", $"{Http.Batches}/{_seen}", change);
            Assert.Equal(isWithin ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
        await _all.SendAsync("PATCH", $"{Http.Batches}/{_seen}", """{"notes":"\u00D7 x"}""").JsonAsync();
        await client.SendAsync("GET", $"{Http.Batches}/{_seen}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Assert.Equal(3, (await client.ListAsync(Http.Batches)).Count);
    }

    /// <summary>An explanation would reveal how many records were scanned.</summary>
    [Fact]
    public async Task Lists_of_a_key_with_a_policy_are_not_explained()
    {
        using var client = await server.CreateClientAsync();
        foreach (var (caller, isExplained) in ((HttpClient, bool)[])[(client, true), (_mine, false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Http.Batches) { Headers = { { "Prefer", "explain" } } };
            Assert.Equal(
                isExplained, (await caller.SendAsync(request, TestContext.Current.CancellationToken).JsonAsync()).ContainsKey("explain"));
        }
    }

    [Fact]
    public async Task A_cursor_of_another_key_is_rejected_with_a_policy()
    {
        var cursor = (string)(await _all.GetJsonAsync($"{Http.Batches}?limit=1"))["nextCursor"]!;
        await _mine.SendAsync("GET", $"{Http.Batches}?cursor={cursor}").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
    }

    [Fact]
    public async Task A_batch_outside_the_policy_is_404_on_every_route()
    {
        var deleted = await CreateAsync("B-gone", "bob", 1);
        await _all.SendAsync("DELETE", $"{Http.Deleted}/{deleted}").EmptyAsync();
        foreach (var (method, address, body) in ((string, string, string?)[])
            [
                ("GET", $"{Http.Batches}/{_hidden}", null),
                ("PUT", $"{Http.Batches}/{_hidden}", Http.Batch("B-new", "\"assignee\":\"amy\"")),
                ("PATCH", $"{Http.Batches}/{_hidden}", """{"assignee":"amy"}"""),
                ("PATCH", $"{Http.Batches}/{_hidden}", """{"batchCode":"B-seen"}"""),
                ("DELETE", $"{Http.Deleted}/{_hidden}", null),
                ("GET", $"{Http.Deleted}/{deleted}", null),
                ("POST", $"{Http.Deleted}/{deleted}/restore", null),
            ])
        {
            var there = await _mine.SendAsync(method, address, body).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            var nowhere = await _mine.SendAsync(
                method, address.Replace(_hidden, TestRoutes.UnknownId).Replace(deleted, TestRoutes.UnknownId), body)
                .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            Assert.Equal((string?)nowhere["detail"], (string?)there["detail"]);
        }
        Assert.Equal(1, (int?)(await _all.GetJsonAsync($"{Http.Batches}/{_hidden}"))["version"]);
    }

    [Theory]
    [InlineData("""{"assignee":"bob"}""")]
    [InlineData("""{"rating":4}""")]
    [InlineData("""{"assignee":null}""")]
    public async Task A_write_that_would_leave_the_policy_is_rejected(string change)
    {
        var before = await _all.GetJsonAsync($"{Http.Batches}/{_seen}");

        await _mine.SendAsync("PATCH", $"{Http.Batches}/{_seen}", change).ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");

        var whole = JsonNode.Parse(Http.Batch("B-other", "\"assignee\":\"amy\""))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            whole[name] = value?.DeepClone();
        await _mine.SendAsync("PUT", $"{Http.Batches}/{_seen}", whole.ToJsonString())
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await _mine.SendAsync("POST", Http.Batches, whole.ToJsonString()).ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");

        Http.AssertSame(before, await _all.GetJsonAsync($"{Http.Batches}/{_seen}"));
        Assert.Equal(3, (int?)(await _all.GetJsonAsync(Http.Batches))["total"]);
    }

    [Fact]
    public async Task Every_operation_works_within_the_policy()
    {
        var created = await _mine.CreateAsync(Http.Batch("B-mine", "\"assignee\":\"amy\""));
        var address = $"{Http.Batches}/{created.Id()}";
        Assert.Equal(2, (int?)(await _mine.SendAsync("PATCH", address, """{"rating":2}""").JsonAsync())["version"]);
        Assert.Equal(2, (int?)(await _mine.SendAsync("PATCH", address, """{"rating":2}""").JsonAsync())["version"]);
        Assert.Equal(
            3,
            (int?)(await _mine.SendAsync("PUT", address, Http.Batch("B-mine", "\"assignee\":\"amy\",\"rating\":1"))
                .JsonAsync())["version"]);
        await _mine.SendAsync("DELETE", $"{Http.Deleted}/{created.Id()}").EmptyAsync();
        Assert.Equal([created.Id()], (await _mine.ListAsync(Http.Deleted)).Select(batch => batch!.Id()));
        Assert.Equal(5, (int?)(await _mine.SendAsync("POST", $"{Http.Deleted}/{created.Id()}/restore").JsonAsync())["version"]);
    }

    [Fact]
    public async Task A_single_create_may_reveal_that_a_hidden_batch_has_the_code()
    {
        var problem = await _mine.SendAsync("POST", Http.Batches, Mine("B-hidden"))
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        AssertHidden(problem);
        problem = await _mine.SendAsync("POST", Http.Batches, Mine("B-seen")).ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.DoesNotContain("cannot see", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal($"'B-seen' is the code of batch {_seen}.", (string?)problem["errors"]!["batchCode"]![0]);
    }

    [Fact]
    public async Task An_update_or_restore_does_not_reveal_the_id_of_a_hidden_batch_with_the_code()
    {
        foreach (var (method, body) in ((string, string)[])[("PUT", Mine("B-hidden")), ("PATCH", """{"batchCode":"B-hidden"}""")])
        {
            AssertHidden(await _mine.SendAsync(method, $"{Http.Batches}/{_seen}", body)
                .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken"));
        }
        await _all.SendAsync("DELETE", $"{Http.Deleted}/{_hidden}").EmptyAsync();
        var id = await CreateAsync("B-hidden", "amy", 1);
        await _all.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        _hidden = await CreateAsync("B-hidden", "bob", 1);
        AssertHidden(await _mine.SendAsync("POST", $"{Http.Deleted}/{id}/restore")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken"));
    }

    [Fact]
    public async Task An_array_with_errors_does_not_reveal_the_codes_of_hidden_batches() => Assert.Equal(
        [
            "[0].rating: must be between 0 and 5, but is 9.",
            $"[2].batchCode: 'B-seen' is the code of batch {_seen}.",
        ],
        await _mine.SendAsync(
            "POST",
            Http.Batches,
            $"[{Http.Batch("B-new", "\"rating\":9")},{Mine("B-hidden")},{Mine("B-seen")}]").ValidationErrorsAsync("invalid_body"));

    [Theory]
    [InlineData("B-hidden")]
    [InlineData("B-new", "B-hidden", "B-rated")]
    public async Task An_array_create_does_not_reveal_the_codes_of_hidden_batches(params string[] codes)
    {
        var problem = await CreateAllAsync(codes).ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.False(problem.ContainsKey("errors"));
        Assert.Contains("cannot see", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("B-", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_array_create_names_only_the_codes_of_visible_batches()
    {
        var problem = await CreateAllAsync("B-hidden", "B-seen", "B-new", "B-rated")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.Equal(["[1].batchCode"], problem["errors"]!.AsObject().Select(error => error.Key));
        Assert.Equal(3, (int?)(await _all.GetJsonAsync(Http.Batches))["total"]);
    }

    [Theory]
    [InlineData(Policy)]
    [InlineData("{}")]
    public async Task A_version_conflict_does_not_reveal_changes_made_outside_the_policy(string policy)
    {
        await _all.SendAsync("PATCH", $"{Http.Batches}/{_hidden}", """{"assignee":"amy","summary":"secret"}""").JsonAsync();
        using var client = await server.CreateClientAsync(account: _account, policy: policy);
        var (active, gone) = ($"{Http.Batches}/{_hidden}", $"{Http.Deleted}/{_hidden}");
        await RefusedAsync("PATCH", active, """{"rating":1}""");
        await RefusedAsync("PUT", active, Mine("B-hidden"));
        await RefusedAsync("DELETE", gone, null);
        await client.SendAsync("DELETE", gone).EmptyAsync();
        await RefusedAsync("POST", $"{gone}/restore", null);

        async Task RefusedAsync(string method, string address, string? body)
        {
            var problem = await client.SendAsync(method, address, body, headers: ("If-Match", "\"1\""))
                .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
            Assert.False(problem.ContainsKey("changed"));
            Assert.InRange((int)problem["version"]!, 2, 3);
        }
    }

    [Fact]
    public async Task Concurrent_writes_cannot_leave_the_policy_together()
    {
        for (var i = 0; i < 20; i++)
        {
            var id = await CreateAsync($"B-race-{i}", "amy", 3);
            await Task.WhenAll(
                _all.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"assignee":"bob"}"""),
                _mine.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"summary":"touched"}"""));
            var batch = await _all.GetJsonAsync($"{Http.Batches}/{id}");

            // Regardless of the order, nothing was written to a batch that was already hidden.
            Assert.True((int)batch["version"]! == ((string?)batch["summary"] == "touched" ? 3 : 2));
            Assert.Equal("bob", (string?)batch["assignee"]);
        }
    }

    private void AssertHidden(JsonObject problem)
    {
        Assert.Contains("cannot see", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(
            "'B-hidden' is the code of a batch that this credential cannot see.", (string?)problem["errors"]!["batchCode"]![0]);
        Assert.DoesNotContain(_hidden, problem.ToJsonString(), StringComparison.Ordinal);
    }

    private static string Mine(string code) => Http.Batch(code, "\"assignee\":\"amy\",\"rating\":1");

    private Task<HttpResponseMessage> CreateAllAsync(params string[] codes) =>
        _mine.SendAsync("POST", Http.Batches, $"[{string.Join(',', codes.Select(Mine))}]");

    private async Task<string> CreateAsync(string code, string assignee, int rating) =>
        (await _all.CreateAsync(Http.Batch(code, $"\"assignee\":\"{assignee}\",\"rating\":{rating}"))).Id();
}

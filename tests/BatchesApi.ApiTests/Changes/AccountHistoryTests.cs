using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Changes;

/// <summary><c>GET /api/v2/history</c> (specification, section 9.3).</summary>
public sealed class AccountHistoryTests(ApiServer server) : AccountTest(server)
{
    private const string History = "/api/v2/history";

    [Fact]
    public async Task Changes_of_all_batches_are_listed_as_in_their_histories_the_newest_first()
    {
        var (one, two) = (await Client.CreateIdAsync("B-1"), await Client.CreateIdAsync("B-2"));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{one}", """{"rating":4,"dueDate":"2026-12-01","leadIds":["a"]}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{two}").EmptyAsync();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{one}", """{"rating":null}""").JsonAsync();

        var page = await Client.GetJsonAsync(History);
        Assert.Equal(["data", "limit", "nextCursor"], page.Select(member => member.Key));
        Assert.Null(page["nextCursor"]);
        var entries = page["data"]!.AsArray();
        Assert.Equal(
            [$"{one} update 3", $"{two} delete 2", $"{one} update 2", $"{two} create 1", $"{one} create 1"], entries.Select(Describe));
        foreach (var id in new[] { one, two })
        {
            var expected = await Client.ListAsync($"{Http.Batches}/{id}/history");
            var actual = entries.Where(entry => (string?)entry!["batchId"] == id).Select(entry => Without(entry!, "batchId", "subject"));
            Assert.Equal(expected.Select(entry => entry!.ToJsonString()), actual.Select(entry => entry.ToJsonString()));
        }
    }

    [Fact]
    public async Task Pages_follow_each_other()
    {
        for (var i = 0; i < 25; i++)
            await Client.CreateIdAsync($"B-{i}");
        var all = (await Client.GetJsonAsync($"{History}?limit=1000"))["data"]!.AsArray().Select(Describe).ToList();
        var (paged, cursor) = (new List<string>(), "");
        do
        {
            var page = await Client.GetJsonAsync($"{History}?limit=7{cursor}");
            paged.AddRange(page["data"]!.AsArray().Select(Describe));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(25, all.Count);
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task Changes_are_selected_by_author_action_and_time()
    {
        var (email, token) = await Server.SignInAsync(account: Account);
        using var user = Server.CreateClient(token);
        var id = await Client.CreateIdAsync("B-1");
        await user.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":4}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        var all = await Client.ListAsync(History);
        var (delete, update, create) = (all[0]!, all[1]!, all[2]!);

        await AssertAsync("by", (string)update["by"]!["id"]!, update);
        await AssertAsync("by", (string)create["by"]!["id"]!, delete, create);
        await AssertAsync("by", await FindUserAsync(email), update);
        await AssertAsync("by", TestRoutes.UnknownId);
        await AssertAsync("action", "create", create);
        await AssertAsync("action", "update,delete", delete, update);
        await AssertAsync("action", "purge");
        await AssertAsync("from", (string)update["at"]!, delete, update);
        await AssertAsync("to", (string)update["at"]!, create);
        await AssertAsync("from", DateTime.UtcNow.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

        async Task AssertAsync(string name, string value, params JsonNode[] expected) => Assert.Equal(
            expected.Select(Describe), (await Client.ListAsync($"{History}?{name}={Uri.EscapeDataString(value)}")).Select(Describe));
    }

    [Fact]
    public async Task A_policy_shows_the_changes_of_batches_that_match_before_and_after()
    {
        using var admin = await Server.CreateClientAsync("admin", Account);
        using var amy = await Server.CreateClientAsync("read", Account, """{"assignee":"amy"}""");
        var hers = (await Client.CreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""))).Id();
        var other = (await Client.CreateAsync(Http.Batch("B-2"))).Id();
        await PatchAsync(hers, """{"rating":1}""");
        await PatchAsync(hers, """{"assignee":"ben"}""");
        await PatchAsync(hers, """{"rating":2}""");
        await PatchAsync(hers, """{"assignee":"amy"}""");
        await PatchAsync(hers, """{"rating":3}""");
        await PatchAsync(other, """{"rating":3}""");
        Assert.Equal([$"{hers} update 6", $"{hers} update 2", $"{hers} create 1"], (await amy.ListAsync(History)).Select(Describe));

        foreach (var id in new[] { hers, other })
        {
            await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
            await admin.SendAsync("DELETE", $"{Http.Deleted}/{id}?permanent=true").EmptyAsync();
        }
        var purge = Assert.Single(await amy.ListAsync($"{History}?action=purge"))!;
        Assert.Equal($"{hers} purge 8", Describe(purge));
        Assert.Empty(purge["changes"]!.AsObject());
        Assert.Equal(2, (await Client.ListAsync(History)).Count);
    }

    [Fact]
    public async Task A_page_of_large_changes_ends_early()
    {
        var leads = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"{Guid.NewGuid():N}{i:000000}\""));
        for (var i = 0; i < 20; i++)
            await Client.CreateAsync(Http.Batch($"B-{i}", $"\"leadIds\":[{leads}]"));
        var page = await Client.GetJsonAsync($"{History}?limit=100");
        Assert.InRange(page["data"]!.AsArray().Count, 10, 16);
        var rest = await Client.GetJsonAsync($"{History}?limit=100&cursor={page["nextCursor"]}");
        Assert.Equal(20, page["data"]!.AsArray().Count + rest["data"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("by=x", "by: must be the id of an API key, an access token or a user: 24 lowercase hexadecimal digits.")]
    [InlineData("action=created", "action: must be one of create, update, delete, restore, purge, or several, separated by commas.")]
    [InlineData("from=today", "from: must be an RFC 3339 date or date-time, such as 2026-12-01 or 2026-12-01T09:30:00Z.")]
    [InlineData("from=2026-12-01&to=2026-12-01", "to: must be after from.")]
    [InlineData("cursor=x", "cursor: is not a cursor of this history. Use the nextCursor of an earlier response unchanged.")]
    public async Task Invalid_parameters_are_errors(string query, string error) =>
        Assert.Equal([error], await Client.SendAsync("GET", $"{History}?{query}").ValidationErrorsAsync("invalid_parameter"));

    [Fact]
    public async Task Changes_of_other_accounts_are_hidden()
    {
        await Client.CreateIdAsync();
        using var stranger = await Server.CreateClientAsync();
        Assert.Empty(await stranger.ListAsync(History));
    }

    private static string Describe(JsonNode? entry) => $"{entry!["batchId"]} {entry["action"]} {entry["version"]}";

    private static JsonObject Without(JsonNode entry, params string[] members)
    {
        var rest = entry.DeepClone().AsObject();
        foreach (var member in members)
            rest.Remove(member);
        return rest;
    }

    private async Task<string> FindUserAsync(string email)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(Server.ConnectionString);
        await using var command = source.CreateCommand($"SELECT id FROM users WHERE email = '{email}'");
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task PatchAsync(string id, string body) =>
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", body).JsonAsync();
}

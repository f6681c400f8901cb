using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Safety;

/// <summary>The history of batches: <c>GET /api/v2/batches/{id}/history</c>.</summary>
public sealed class HistoryTests(ApiServer server) : AccountTest(server)
{
    [Fact]
    public async Task The_history_has_every_change_newest_first()
    {
        var created = await Client.CreateAsync(
            """{"batchCode":"B-1","batchType":"renewal","dueDate":"2026-12-01","leadIds":["a","b"]"""
                + ""","rating":2,"notes":"\u0623 \"q\" \\"}""");
        var id = created.Id();
        var address = $"{Http.Batches}/{id}";
        await Client.SendAsync("PATCH", address, """{"rating":4,"dueDate":"2026-12-02T01:02:03.456789Z"}""").JsonAsync();
        await Client.SendAsync("PATCH", address, """{"rating":4}""").JsonAsync();
        await Client.SendAsync("PUT", address, """{"batchCode":"B-2","batchType":"renewal","repeated":true}""").JsonAsync();
        await Client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        var deleted = await Client.GetJsonAsync($"{Http.Deleted}/{id}");
        await Client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();

        var history = await Client.GetJsonAsync($"{address}/history");

        Assert.Equal(["data", "limit", "nextCursor"], history.Select(member => member.Key));
        Assert.Equal((20, null), ((int?)history["limit"], history["nextCursor"]));
        var entries = history["data"]!.AsArray();
        Assert.Equal(
            ["5 restore", "4 delete", "3 update", "2 update", "1 create"],
            entries.Select(entry => $"{entry!["version"]} {entry["action"]}"));
        Assert.Equal(["deletedAt"], Changes(entries[0]).Select(change => change.Key));
        Http.AssertSame(new JsonObject { ["old"] = deleted["deletedAt"]!.DeepClone(), ["new"] = null }, Changes(entries[0])["deletedAt"]);
        Http.AssertSame(new JsonObject { ["old"] = null, ["new"] = deleted["deletedAt"]!.DeepClone() }, Changes(entries[1])["deletedAt"]);
        Http.AssertSame(
            JsonNode.Parse(
                """
                {"batchCode":{"old":"B-1","new":"B-2"},"dueDate":{"old":"2026-12-02T01:02:03.456789Z","new":null},
                "repeated":{"old":false,"new":true},"notes":{"old":"\u0623 \"q\" \\","new":null},
                "leadIds":{"old":["a","b"],"new":[]},"rating":{"old":4,"new":null}}
                """),
            Changes(entries[2]));
        Http.AssertSame(
            JsonNode.Parse("""{"dueDate":{"old":"2026-12-01T00:00:00Z","new":"2026-12-02T01:02:03.456789Z"},"rating":{"old":2,"new":4}}"""),
            Changes(entries[3]));
        foreach (var (name, change) in Changes(entries[4]))
        {
            Assert.Null(change!["old"]);
            Http.AssertSame(created[name], change["new"]);
        }
        Assert.Equal(
            ["batchCode", "batchType", "dueDate", "repeated", "notes", "leadIds", "opportunityIds", "rating"],
            Changes(entries[4]).Select(change => change.Key));
        Assert.Equal((string?)created["createdAt"], (string?)entries[4]!["at"]);
        Assert.Equal((string?)deleted["updatedAt"], (string?)entries[1]!["at"]);
        Assert.Equal(
            entries.Select(entry => (string?)entry!["at"]).OrderDescending(StringComparer.Ordinal),
            entries.Select(entry => (string?)entry!["at"]));
    }

    [Fact]
    public async Task The_history_names_the_author_of_a_change()
    {
        var id = await Client.CreateIdAsync();
        var entry = (await Client.ListAsync($"{Http.Batches}/{id}/history"))[0]!;
        var me = await Client.GetJsonAsync("/api/v2/keys/me");
        Assert.Equal(["key", (string?)me["name"]], [(string?)entry["by"]!["kind"], (string?)entry["by"]!["name"]]);
        Assert.Equal(24, ((string)entry["by"]!["id"]!).Length);
    }

    [Fact]
    public async Task A_cursor_pages_through_the_history()
    {
        var id = await Client.CreateIdAsync();
        for (var i = 0; i < 6; i++)
            await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"notes":"{{i}}"}""").JsonAsync();
        var versions = new List<int>();
        string? cursor = null;
        do
        {
            var page = await Client.GetJsonAsync($"{Http.Batches}/{id}/history?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            versions.AddRange(page["data"]!.AsArray().Select(entry => (int)entry!["version"]!));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], versions);
    }

    [Fact]
    public async Task A_history_page_of_large_changes_is_shorter()
    {
        var id = await Client.CreateIdAsync();
        var random = new Random(1);
        for (var i = 0; i < 8; i++)
        {
            var items = string.Join(',', Enumerable.Range(0, 1_000).Select(
                _ => $"\"{string.Concat(Enumerable.Range(0, 64).Select(_ => (char)random.Next('!' + 2, 'Z')))}\""));
            await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"leadIds":[{{items}}]}""").JsonAsync();
        }
        var versions = new List<int>();
        var sizes = new List<int>();
        for (var address = $"{Http.Batches}/{id}/history?limit=1000"; address is not null;)
        {
            var page = await Client.GetJsonAsync(address);
            sizes.Add(page["data"]!.AsArray().Count);
            versions.AddRange(page["data"]!.AsArray().Select(entry => (int)entry!["version"]!));
            address = page["nextCursor"] is { } cursor ? $"{Http.Batches}/{id}/history?limit=1000&cursor={cursor}" : null;
        }
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2, 1], versions);
        Assert.True(sizes.Count > 1, "All changes are on one page.");
    }

    [Fact]
    public async Task A_history_cursor_is_rejected_for_another_batch()
    {
        var (one, other) = (await Client.CreateIdAsync("B-1"), await Client.CreateIdAsync("B-2"));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{one}", """{"rating":1}""").JsonAsync();
        var cursor = (string)(await Client.GetJsonAsync($"{Http.Batches}/{one}/history?limit=1"))["nextCursor"]!;
        var damaged = $"{(cursor[0] == 'A' ? 'B' : 'A')}{cursor[1..]}";
        foreach (var address in (string[])
            [$"{other}/history?cursor={cursor}", $"{one}/history?cursor={damaged}", $"{one}/history?cursor=x", $"{one}/history?cursor=%20"])
        {
            await Client.SendAsync("GET", $"{Http.Batches}/{address}").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        }
    }

    [Fact]
    public async Task The_history_exists_for_deleted_batches_but_not_for_other_accounts_or_policies()
    {
        var id = await Client.CreateDeletedIdAsync();
        Assert.Equal(2, (await Client.ListAsync($"{Http.Batches}/{id}/history")).Count);
        using var stranger = await Server.CreateClientAsync();
        using var outside = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"nobody"}""");
        await stranger.SendAsync("GET", $"{Http.Batches}/{id}/history").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");

        // The history would reveal the batch as it was before it met the policy.
        await outside.SendAsync("GET", $"{Http.Batches}/{id}/history").ProblemAsync(HttpStatusCode.Forbidden, "history_hidden");
        foreach (var unknown in (string[])["63a5b84c53e1218321c55572", "x", "deleted"])
            await Client.SendAsync("GET", $"{Http.Batches}/{unknown}/history").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }

    [Fact]
    public async Task A_rejected_write_is_not_in_the_history()
    {
        var id = await Client.CreateIdAsync("B-1");
        await Client.CreateIdAsync("B-2");
        using var narrow = await Server.CreateClientAsync(account: Account, policy: """{"batchType":"renewal"}""");
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""", headers: ("If-Match", "\"9\""))
            .ProblemAsync(HttpStatusCode.PreconditionFailed, "version_differs");
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"batchCode":"B-2"}""")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        await narrow.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"batchType":"audit"}""")
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        Assert.Single(await Client.ListAsync($"{Http.Batches}/{id}/history"));
    }

    private static JsonObject Changes(JsonNode? entry) => entry!["changes"]!.AsObject();
}

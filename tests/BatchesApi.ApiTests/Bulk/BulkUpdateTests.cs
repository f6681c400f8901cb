using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Updates of many batches (specification, sections 8.2 and 8.3).</summary>
public sealed class BulkUpdateTests(ApiServer server) : AccountTest(server)
{
    private string[] _ids = [];

    [Fact]
    public async Task A_filter_selects_and_only_what_differs_is_changed()
    {
        await FillAsync();
        var result = await UpdateAsync("""{"where":{"rating":{"$gte":2}},"set":{"assignee":"ben","notes":null}}""");

        Assert.Equal("3 matched, 2 changed, 1 unchanged", result.Numbers());
        Assert.Equal([_ids[2], _ids[4]], result["sample"]!.AsArray().Select(batch => batch!.Id()));
        Assert.Equal("amy amy ben ben ben", await Client.ValuesAsync("assignee"));
        Assert.Equal("1 1 2 1 2", await Client.ValuesAsync("version"));
        Http.AssertSame(result["sample"]![0], await Client.GetJsonAsync($"{Http.Batches}/{_ids[2]}"));

        var entry = (await Client.ListAsync($"{Http.Batches}/{_ids[2]}/history"))[0]!;
        Assert.Equal((string?)result["changeId"], (string?)entry["changeId"]);
        Http.AssertSame(JsonNode.Parse("""{"assignee":{"old":"amy","new":"ben"}}"""), entry["changes"]);
        Assert.Matches("^[0-9a-f]{24}$", (string)result["changeId"]!);
    }

    [Fact]
    public async Task Ids_select_each_once()
    {
        await FillAsync();
        var result = await UpdateAsync(
            $$$"""{"ids":["{{{_ids[3]}}}","{{{_ids[0]}}}","{{{_ids[3]}}}"],"set":{"rating":5,"batchType":"upsell"},"expect":2}""");
        Assert.Equal("2 matched, 2 changed, 0 unchanged", result.Numbers());
        Assert.Equal("5 1 2 5 4", await Client.ValuesAsync("rating"));
        Assert.Equal([_ids[0], _ids[3]], result["sample"]!.AsArray().Select(batch => batch!.Id()));
    }

    [Fact]
    public async Task A_search_narrows_the_filter()
    {
        await FillAsync();
        foreach (var (q, matched) in ((string, int)[])[("number3", 1), ("number -number3", 4), ("absent", 0), ("\"number2 text\"", 1)])
        {
            var body = new JsonObject
            {
                ["where"] = new JsonObject { ["rating"] = new JsonObject { ["$gte"] = 0 } },
                ["q"] = q,
                ["set"] = new JsonObject { ["manager"] = q },
            };
            var result = await UpdateAsync(body.ToJsonString());
            Assert.Equal($"{matched} matched, {matched} changed, 0 unchanged", result.Numbers());
        }
    }

    [Fact]
    public async Task A_dry_run_shows_the_result_and_changes_nothing()
    {
        await FillAsync();
        const string Body = """{"where":{"assignee":"amy"},"set":{"assignee":"cat","leadIds":{"add":["x"]}},"dryRun":true}""";
        var result = await Client.BulkAsync("update", Body, ("Idempotency-Key", "dry")).JsonAsync();
        Assert.Equal("4 matched, 4 changed, 0 unchanged", result.Numbers());
        Assert.True((bool?)result["dryRun"]);
        Assert.Null(result["changeId"]);
        Assert.Equal("cat", (string?)result["sample"]![0]!["assignee"]);
        Assert.Equal(2, (int?)result["sample"]![0]!["version"]);

        Assert.Equal("amy amy amy ben amy", await Client.ValuesAsync("assignee"));
        Assert.Equal("1 1 1 1 1", await Client.ValuesAsync("version"));
        Assert.Single(await Client.ListAsync($"{Http.Batches}/{_ids[0]}/history"));
        using var again = await Client.BulkAsync("update", Body, ("Idempotency-Key", "dry"));
        Assert.False(again.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_number_that_differs_from_expect_changes_nothing()
    {
        await FillAsync();
        foreach (var expect in (int[])[0, 3, 5, 20_000])
        {
            var problem = await Client.BulkAsync(
                    "update", $$$"""{"where":{"assignee":"amy"},"set":{"assignee":"cat"},"expect":{{{expect}}}}""")
                .ProblemAsync(HttpStatusCode.Conflict, "count_differs");
            Assert.Equal(4, (int?)problem["matched"]);
        }
        Assert.Equal("1 1 1 1 1", await Client.ValuesAsync("version"));
        Assert.Equal(
            "4 matched, 4 changed, 0 unchanged",
            (await UpdateAsync("""{"where":{"assignee":"amy"},"set":{"assignee":"cat"},"expect":4}""")).Numbers());
    }

    [Fact]
    public async Task Nothing_matched_and_nothing_changed_have_no_change_id()
    {
        await FillAsync();
        foreach (var body in (string[])
            ["""{"where":{"assignee":"zoe"},"set":{"rating":1}}""", """{"where":{"assignee":"ben"},"set":{}}""",
             """{"where":{"assignee":"ben"},"set":{"assignee":"ben","version":7,"id":"x"}}"""])
        {
            var result = await UpdateAsync(body);
            Assert.Equal("0", result["changed"]!.ToString());
            Assert.Null(result["changeId"]);
            Assert.Empty(result["sample"]!.AsArray());
        }
    }

    [Fact]
    public async Task Unknown_ids_are_named_and_nothing_is_changed()
    {
        await FillAsync();
        var deleted = await Client.CreateDeletedIdAsync("B-deleted");
        using var other = await Server.CreateClientAsync();
        var foreign = await other.CreateIdAsync();
        var problem = await Client.BulkAsync(
                "update",
                $$$"""{"ids":["{{{_ids[0]}}}","{{{deleted}}}","{{{foreign}}}","nonsense",""],"set":{"rating":5},"expect":9}""")
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Assert.Equal(4, problem["errors"]!["ids"]!.AsArray().Count);
        Assert.DoesNotContain(_ids[0], problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("0 1 2 3 4", await Client.ValuesAsync("rating"));

        var many = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"{i:x24}\""));
        problem = await Client.BulkAsync("delete", $$"""{"ids":[{{many}}]}""").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        Assert.Equal(100, problem["errors"]!["ids"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("{}", "ids: is required: select the batches by 'ids' or by 'where', a filter as in the parameter p.", "set: is required: ")]
    [InlineData("""{"where":{},"set":{}}""", "where: must have a condition: ")]
    [InlineData("""{"where":{"$and":[{},{"$or":[{}]}]},"set":{}}""", "where: must have a condition: ")]
    [InlineData("""{"q":"x","set":{}}""", "where: is required: ")]
    [InlineData("""{"ids":["a"],"where":{"rating":1},"q":"x","set":{}}""", "where: cannot be combined", "q: cannot be combined")]
    [InlineData("""{"ids":[],"set":{}}""", "ids: must have 1 to 10,000 ids, but is empty.")]
    [InlineData("""{"ids":"a","set":[]}""", "ids: must be an array of ids, but is a string.", "set: must be an object")]
    [InlineData("""{"where":[{}],"expect":-1,"dryRun":"yes","set":{}}""", "where: must be a filter", "expect: must be", "dryRun: must be")]
    [InlineData("""{"where":{"ratng":1,"$or":[{"rating":"x"}]},"set":{}}""", "where.ratng: unknown field", "where.$or[0].rating: expected")]
    [InlineData("""{"where":{"rating":1},"set":{"batchCode":"x","rating":9,"batchType":null,"asignee":"x"}}""",
        "set.batchType: is required and cannot be null.", "set.asignee: is not a field", "set.rating: must be between",
        "set.batchCode: cannot be set here")]
    [InlineData("""{"where":{"rating":1},"set":{"leadIds":{"add":["a"],"remove":["a"]}}}""", "set.leadIds: must not add and remove 'a'")]
    [InlineData("""{"where":{"rating":1},"set":{"leadIds":{"add":"a","removes":[],"remove":[1,""]}}}""",
        "set.leadIds.add: must be an array", "set.leadIds.removes: is not a member", "set.leadIds.remove: item 0 must be a string")]
    [InlineData("""{"were":{"rating":1},"assignee":"x","rating":1,"set":{},"set":{}}""",
        "were: is not a member of this body. Did you mean 'where'?", "assignee: is not a member", "rating: is not",
        "set: must not be given more",
        "ids: is required")]
    public async Task All_errors_are_reported(string body, params string[] errors)
    {
        var actual = await Client.BulkErrorsAsync("update", body);
        Assert.Equal(errors.Length, actual.Length);
        foreach (var (error, line) in errors.Zip(actual))
            Assert.StartsWith(error, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("[{\"batchCode\":\"x\"}]")]
    [InlineData("\"x\"")]
    [InlineData("{\"ids\":")]
    public async Task A_body_that_is_not_an_object_is_malformed(string body) =>
        await Client.BulkAsync("update", body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");

    [Fact]
    public async Task Too_many_items_of_an_array_change_nothing()
    {
        var (one, other) = (await Client.CreateIdAsync("B-1"), await Client.CreateIdAsync("B-2"));
        string Items(int from, int count) => string.Join(',', Enumerable.Range(from, count).Select(i => $"\"{i}\""));
        await Client.SendAsync("PATCH", $"{Http.Batches}/{one}", $$"""{"leadIds":[{{Items(0, 999)}}]}""").JsonAsync();
        var error = "leadIds: would have 1,001 items after the change, but may have at most 1,000.";
        Assert.Equal(
            [$"set.{error}"],
            await Client.BulkErrorsAsync(
                "update", $$$$"""{"where":{"batchType":"renewal"},"set":{"leadIds":{"add":[{{{{Items(998, 3)}}}}]}}}"""));
        Assert.Equal(
            [error],
            await Client.SendAsync("PATCH", $"{Http.Batches}/{one}", $$$"""{"leadIds":{"add":[{{{Items(998, 3)}}}]}}""")
                .ValidationErrorsAsync("invalid_body"));
        Assert.Equal(1, (int?)(await Client.GetJsonAsync($"{Http.Batches}/{other}"))["version"]);
        Assert.Equal(999, (await Client.GetJsonAsync($"{Http.Batches}/{one}"))["leadIds"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_policy_hides_batches_and_keeps_the_others_inside()
    {
        await FillAsync();
        using var restricted = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"amy"}""");
        var result = await restricted.BulkAsync("update", """{"where":{"rating":{"$gte":3}},"set":{"manager":"m"}}""").JsonAsync();
        Assert.Equal("1 matched, 1 changed, 0 unchanged", result.Numbers());
        await restricted.BulkAsync("update", $$$"""{"ids":["{{{_ids[3]}}}"],"set":{"manager":"m"}}""")
            .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        await restricted.BulkAsync("update", """{"where":{"rating":{"$gte":0}},"set":{"assignee":"ben"}}""")
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        Assert.Equal("amy amy amy ben amy", await Client.ValuesAsync("assignee"));
    }

    [Fact]
    public async Task A_repeated_request_with_a_key_is_done_once()
    {
        await FillAsync();
        const string Body = """{"where":{"assignee":"amy"},"set":{"assignee":"cat"}}""";
        var first = await Client.BulkAsync("update", Body, ("Idempotency-Key", "k")).JsonAsync();
        using var second = await Client.BulkAsync("update", Body, ("Idempotency-Key", "k"));
        Http.AssertSame(first, await second.JsonAsync());
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotent-Replayed")));
        await Client.BulkAsync("update", Body + " ", ("Idempotency-Key", "k"))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await Client.SendAsync("POST", Http.Batches, Http.Batch("B-key"), headers: ("Idempotency-Key", "k"))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    private Task<JsonObject> UpdateAsync(string body) => Client.BulkAsync("update", body).JsonAsync();

    /// <summary>Creates five batches: with ratings of 0 to 4, and one of ben's among those of amy.</summary>
    private async Task FillAsync()
    {
        var created = await Client.BulkCreateAsync([.. Enumerable.Range(0, 5).Select(i => Http.Batch(
            $"B-{i}", $"\"assignee\":\"{(i == 3 ? "ben" : "amy")}\",\"rating\":{i},\"summary\":\"number{i} text\""))]);
        _ids = [.. created["data"]!.AsArray().Select(batch => batch!.Id())];
    }
}

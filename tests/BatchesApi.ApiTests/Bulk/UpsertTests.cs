using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Creates of many batches, and upserts (specification, section 8.1).</summary>
public sealed class UpsertTests(ApiServer server) : AccountTest(server)
{
    private const string Update = $"{Http.Batches}?onConflict=update";

    [Fact]
    public async Task Batches_are_created_in_the_order_of_the_body()
    {
        var result = await Client.BulkCreateAsync(Http.Batch("B-2"), Http.Batch("B-1"));
        Assert.Equal(["B-2", "B-1"], Codes(result));
        Assert.Equal("2 created, 0 updated, 0 unchanged", Numbers(result));
        var entry = (await Client.ListAsync($"{Http.Batches}/{result["data"]![0]!.Id()}/history"))[0]!;
        Assert.Equal((string?)result["changeId"], (string?)entry["changeId"]);
        await Client.BulkAsync("create", $"[{Http.Batch("B-3")},{Http.Batch("B-1")}]")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.Equal("B-1 B-2", await Client.ValuesAsync("batchCode"));
    }

    [Fact]
    public async Task A_taken_code_updates_the_passed_fields_and_a_free_one_creates()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\",\"rating\":3,\"leadIds\":[\"a\"]"), Http.Batch("B-2"));
        var result = await UpsertAsync(
            "update", """{"batchCode":"B-3","batchType":"new"}""", """{"batchCode":"B-2"}""",
            """{"batchCode":"B-1","rating":null,"leadIds":["b","c"]}""");
        Assert.Equal("1 created, 1 updated, 1 unchanged", Numbers(result));
        Assert.Equal(["B-3", "B-2", "B-1"], Codes(result));
        var updated = result["data"]![2]!;
        Assert.Equal(("amy", null, 2), ((string?)updated["assignee"], (int?)updated["rating"], (int?)updated["version"]));
        Assert.Equal("""["b","c"]""", updated["leadIds"]!.ToJsonString());
        Http.AssertSame(updated, await Client.GetJsonAsync($"{Http.Batches}/{updated.Id()}"));
        foreach (var batch in result["data"]!.AsArray().Where(batch => (string?)batch!["batchCode"] != "B-2"))
        {
            var entry = (await Client.ListAsync($"{Http.Batches}/{batch!.Id()}/history"))[0]!;
            Assert.Equal((string?)result["changeId"], (string?)entry["changeId"]);
        }
    }

    [Fact]
    public async Task Skip_leaves_existing_batches_as_they_are()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1", "\"rating\":3"));
        var result = await UpsertAsync("SKIP", """{"batchCode":"B-1","rating":1}""", Http.Batch("B-2"));
        Assert.Equal("1 created, 0 updated, 1 unchanged", Numbers(result));
        Assert.Equal("3 null", await Client.ValuesAsync("rating"));
        Assert.Null((await UpsertAsync("skip", """{"batchCode":"B-1"}"""))["changeId"]);
    }

    [Fact]
    public async Task Sending_a_thousand_batches_twice_changes_nothing_the_second_time()
    {
        var batches = Enumerable.Range(0, 1_000).Select(i => Http.Batch(
            $"B-{i:D4}", $$"""
            "assignee":"amy {{i % 7}}","dueDate":"2026-12-{{(i % 28) + 1:D2}}T10:00:00.000001Z","notes":"n\n{{i}}","leadIds":["a","{{i}}"],
            "rating":{{i % 6}},"repeated":{{(i % 2 == 0 ? "true" : "false")}}
            """)).ToArray();
        var first = await UpsertAsync("update", batches);
        Assert.Equal("1000 created, 0 updated, 0 unchanged", Numbers(first));
        var second = await UpsertAsync("update", batches);
        Assert.Equal("0 created, 0 updated, 1000 unchanged", Numbers(second));
        Assert.Null(second["changeId"]);
        Http.AssertSame(first["data"], second["data"]);
        Assert.Single(await Client.ListAsync($"{Http.Batches}/{second["data"]![7]!.Id()}/history"));
    }

    [Fact]
    public async Task The_type_of_a_new_batch_is_required()
    {
        await Client.CreateIdAsync("B-1");
        Assert.Equal(
            ["[1].batchType: is required, because no batch has the code yet."],
            await Client.BulkErrorsAsync("create?onConflict=update", """[{"batchCode":"B-1"},{"batchCode":"B-2"}]"""));
        Assert.Equal(
            ["batchType: is required, because no batch has the code yet."],
            await Client.SendAsync("POST", Update, """{"batchCode":"B-2"}""").ValidationErrorsAsync("invalid_body"));
        Assert.Equal(
            ["[0].batchCode: is required.", "[1].batchCode: 'B-1' is also the batchCode of item 2.",
             "[2].batchCode: 'B-1' is also the batchCode of item 1."],
            await Client.BulkErrorsAsync("create?onConflict=skip", """[{"batchType":"x"},{"batchCode":"B-1"},{"batchCode":"B-1"}]"""));
    }

    [Fact]
    public async Task One_batch_is_created_or_updated_by_its_code()
    {
        using var created = await Client.SendAsync("POST", Update, Http.Batch("B-1"));
        var batch = await created.JsonAsync(HttpStatusCode.Created);
        Assert.NotNull(created.Headers.Location);
        using var updated = await Client.SendAsync("POST", Update, """{"batchCode":"B-1","rating":4}""");
        var changed = await updated.JsonAsync();
        Assert.Equal((batch.Id(), 4, 2), (changed.Id(), (int?)changed["rating"], (int?)changed["version"]));
        Assert.Equal("\"2\"", updated.Headers.ETag!.ToString());
        Assert.Null(updated.Headers.Location);
        var entry = (await Client.ListAsync($"{Http.Batches}/{batch.Id()}/history"))[0]!;
        Assert.Null(entry["changeId"]);
        Assert.Equal("update", (string?)entry["action"]);

        await Client.SendAsync("POST", $"{Http.Batches}?onConflict=error", Http.Batch("B-1"))
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
    }

    [Fact]
    public async Task An_array_without_the_bulk_path_gets_the_array_alone()
    {
        using var created = await Client.SendAsync("POST", Update, $"[{Http.Batch("B-1")},{Http.Batch("B-2")}]");
        Assert.Equal(2, JsonNode.Parse(await created.TextAsync(HttpStatusCode.Created))!.AsArray().Count);
        using var again = await Client.SendAsync("POST", Update, $"[{Http.Batch("B-1")},{Http.Batch("B-2")}]");
        Assert.Equal(2, JsonNode.Parse(await again.TextAsync(HttpStatusCode.OK))!.AsArray().Count);
    }

    [Fact]
    public async Task An_upsert_succeeds_while_others_create_and_delete_its_batches()
    {
        const int Codes = 12;
        var items = string.Join(',', Enumerable.Range(0, Codes).Select(i => Http.Batch($"B-{i}")));
        using var end = new CancellationTokenSource();
        var others = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            var random = new Random(i);
            while (!end.IsCancellationRequested)
            {
                using var created = await Client.SendAsync("POST", Http.Batches, Http.Batch($"B-{random.Next(Codes)}"));
                if (created.StatusCode == HttpStatusCode.Created)
                    await Client.SendAsync("DELETE", $"{Http.Batches}/{(await created.JsonAsync(HttpStatusCode.Created)).Id()}");
                else
                    await Client.BulkAsync("delete", """{"where":{"batchType":"renewal"}}""").JsonAsync();
            }
        })).ToList();
        for (var i = 0; i < 60; i++)
            await Client.BulkAsync("create?onConflict=update", $"[{items}]").JsonAsync();
        await end.CancelAsync();
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task All_errors_of_an_upsert_are_reported()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1"));
        var errors = await Client.BulkErrorsAsync(
            "create?onConflict=update",
            """[{"batchCode":"B-1","rating":9},{"batchCode":"B-2"},{"batchCode":"B-3","batchType":""},{"rating":1},{"batchCode":"B-2"}]""");
        Assert.Equal(
            ["[0].rating", "[1].batchCode", "[1].batchType", "[2].batchType", "[3].batchCode", "[4].batchCode", "[4].batchType"],
            errors.Select(error => error.Split(':')[0]).Order(StringComparer.Ordinal));
        errors = await Client.SendAsync("POST", Update, """{"batchCode":"B-2","rating":9}""").ValidationErrorsAsync("invalid_body");
        Assert.Equal(
            ["batchType: is required, because no batch has the code yet.", "rating: must be between 0 and 5, but is 9."],
            errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Wrong_parameters_and_bodies_are_rejected()
    {
        Assert.Equal(
            ["onConflict: must be error, update or skip."],
            await Client.BulkAsync("create?onConflict=replace", "[]").ValidationErrorsAsync("invalid_parameter"));
        Assert.Equal(
            ["onConflicts: is not a parameter of this operation. Did you mean 'onConflict'? Parameters: onConflict."],
            await Client.SendAsync("POST", $"{Http.Batches}?onConflicts=skip", Http.Batch()).ValidationErrorsAsync("invalid_parameter"));
        var tooMany = $"[{string.Join(',', Enumerable.Repeat("{}", 1_001))}]";
        foreach (var body in (string[])["", "{}", "[]", Http.Batch(), "batchCode=1", tooMany])
            await Client.BulkAsync("create", body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Equal(
            ["[0].leadIds: must be an array of strings, such as [\"a\",\"b\"], or null, but is an object."],
            await Client.BulkErrorsAsync("create?onConflict=update", """[{"batchCode":"B-1","batchType":"x","leadIds":{"add":["a"]}}]"""));
    }

    [Fact]
    public async Task The_same_key_with_another_conflict_action_is_rejected()
    {
        var body = $"[{Http.Batch("B-1")}]";
        await Client.BulkAsync("create", body, ("Idempotency-Key", "k")).JsonAsync();
        using var replayed = await Client.BulkAsync("create", body, ("Idempotency-Key", "k"));
        Assert.True(replayed.Headers.Contains("Idempotent-Replayed"));
        await Client.BulkAsync("create?onConflict=skip", body, ("Idempotency-Key", "k"))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_policy_hides_holders_of_codes_and_keeps_the_others_inside()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1", "\"assignee\":\"ben\""), Http.Batch("B-2", "\"assignee\":\"amy\""));
        using var restricted = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"amy"}""");
        await restricted.BulkAsync("create?onConflict=update", """[{"batchCode":"B-1","rating":1}]""")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        var problem = await restricted.BulkAsync(
                "create?onConflict=update",
                """
                [{"batchCode":"B-3","batchType":"x","assignee":"amy"},{"batchCode":"B-2","assignee":"ben"},
                {"batchCode":"B-4","batchType":"x"}]
                """)
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        Assert.Equal(["[1]", "[2]"], problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Equal("B-1 B-2", await Client.ValuesAsync("batchCode"));
    }

    private Task<JsonObject> UpsertAsync(string onConflict, params string[] batches) =>
        Client.BulkAsync($"create?onConflict={onConflict}", $"[{string.Join(',', batches)}]").JsonAsync();

    private static IEnumerable<string?> Codes(JsonObject result) =>
        result["data"]!.AsArray().Select(batch => (string?)batch!["batchCode"]);

    private static string Numbers(JsonObject result) =>
        $"{result["created"]} created, {result["updated"]} updated, {result["unchanged"]} unchanged";
}

using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Deletes and restores of many batches, and undo (specification, sections 8.2 and 8.4).</summary>
public sealed class UndoTests(ApiServer server) : AccountTest(server)
{
    private const string Awkward =
        """
        "manager":"m\u0623\ud83d\ude00\"\\","assignee":null,"dueDate":"0001-01-01T00:00:00Z","repeated":true,"summary":"","notes":"a\nb",
        "leadIds":["a\"b","c\\d","{e}"," ","NULL"],"opportunityIds":[],"rating":0
        """;

    [Fact]
    public async Task An_update_is_undone_in_every_field()
    {
        var before = await Client.BulkCreateAsync(Http.Batch("B-1", Awkward), Http.Batch("B-2"));
        var changed = await Client.BulkAsync(
                "update",
                """
                {"where":{"batchType":"renewal"},"set":{"batchType":"x","manager":null,"assignee":"a",
                "dueDate":"9999-12-31T23:59:59.999999Z","repeated":false,"summary":"s","notes":null,"leadIds":["z"],
                "opportunityIds":{"add":["y"]},"rating":5}}
                """)
            .JsonAsync();
        Assert.Equal("2 matched, 2 changed, 0 unchanged", changed.Numbers());
        var undone = await Client.UndoAsync(changed);
        Assert.Equal("2 matched, 2 changed, 0 unchanged", undone.Numbers());
        Assert.Empty(undone["skipped"]!.AsArray());
        foreach (var batch in before["data"]!.AsArray())
            Http.AssertSame(WithoutTimes(batch!), WithoutTimes(await Client.GetJsonAsync($"{Http.Batches}/{batch!.Id()}")));
        Assert.Single(await Client.ListAsync($$"""{{Http.Batches}}?p={"leadIds":"{e}"}"""));
        Assert.Empty(await Client.ListAsync($$"""{{Http.Batches}}?p={"leadIds":"z"}"""));

        var redone = await Client.UndoAsync(undone);
        Assert.Equal("2 matched, 2 changed, 0 unchanged", redone.Numbers());
        Http.AssertSame(WithoutTimes(changed["sample"]![0]!), WithoutTimes(redone["sample"]![0]!));
    }

    [Theory]
    [InlineData("""{"dryRun":true}""", "invalid_body")]
    [InlineData("{", "malformed_body")]
    [InlineData("[]", "malformed_body")]
    public async Task An_undo_with_a_body_changes_nothing(string body, string code)
    {
        var created = await Client.BulkCreateAsync(Http.Batch("B-1"));
        await Client.BulkAsync($"{created["changeId"]}/undo", body).ProblemAsync(HttpStatusCode.BadRequest, code);
        Assert.Equal("B-1", await Client.ValuesAsync("batchCode"));
        await Client.BulkAsync($"{created["changeId"]}/undo", "{}").JsonAsync();
        Assert.Equal("", await Client.ValuesAsync("batchCode"));
    }

    [Fact]
    public async Task A_delete_a_restore_and_a_create_are_undone()
    {
        var created = await Client.BulkCreateAsync(Http.Batch("B-1"), Http.Batch("B-2"), Http.Batch("B-3"));
        var deleted = await Client.BulkAsync("delete", """{"where":{"batchCode":{"$ne":"B-2"}},"expect":2}""").JsonAsync();
        Assert.NotNull(deleted["sample"]![0]!["deletedAt"]);
        Assert.Equal("B-2", await Client.ValuesAsync("batchCode"));
        var restored = await Client.UndoAsync(deleted);
        Assert.Equal("B-1 B-2 B-3", await Client.ValuesAsync("batchCode"));
        var again = await Client.UndoAsync(restored);
        Assert.Equal("B-2", await Client.ValuesAsync("batchCode"));
        Assert.Equal("2 matched, 2 changed, 0 unchanged", again.Numbers());

        var ids = string.Join(',', again["sample"]!.AsArray().Select(batch => $"\"{batch!.Id()}\""));
        var byIds = await Client.BulkAsync("restore", $$"""{"ids":[{{ids}}]}""").JsonAsync();
        Assert.Equal("2 matched, 2 changed, 0 unchanged", byIds.Numbers());
        Assert.Equal("B-1 B-2 B-3", await Client.ValuesAsync("batchCode"));

        // Two of the created batches have other versions by now.
        var undone = await Client.UndoAsync(created);
        Assert.Equal("3 matched, 1 changed, 0 unchanged", undone.Numbers());
        Assert.Equal([5, 5], undone["skipped"]!.AsArray().Select(batch => (int?)batch!["version"]));
        Assert.Equal("B-1 B-3", await Client.ValuesAsync("batchCode"));
    }

    [Fact]
    public async Task Batches_that_were_changed_since_are_skipped()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1"), Http.Batch("B-2"));
        var changed = await Client.BulkAsync("update", """{"where":{"batchType":"renewal"},"set":{"rating":5}}""").JsonAsync();
        var id = changed["sample"]![0]!.Id();
        await Client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"rating":1}""").JsonAsync();
        var undone = await Client.UndoAsync(changed);
        Assert.Equal("2 matched, 1 changed, 0 unchanged", undone.Numbers());
        Assert.Equal($$"""[{"id":"{{id}}","version":3}]""", undone["skipped"]!.ToJsonString());
        Assert.Equal("1 null", await Client.ValuesAsync("rating"));

        undone = await Client.UndoAsync(changed);
        Assert.Equal(2, undone["skipped"]!.AsArray().Count);
        Assert.Null(undone["changeId"]);
    }

    [Fact]
    public async Task A_batch_whose_code_is_taken_stays_deleted()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1"), Http.Batch("B-2"));
        var deleted = await Client.BulkAsync("delete", """{"where":{"batchType":"renewal"}}""").JsonAsync();
        var holder = await Client.CreateIdAsync("B-1");
        var problem = await Client.BulkAsync("restore", """{"where":{"batchType":"renewal"}}""")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.Contains($"is the code of batch {holder}", problem["errors"]!.ToJsonString(), StringComparison.Ordinal);
        var undone = await Client.UndoAsync(deleted);
        Assert.Equal("2 matched, 1 changed, 0 unchanged", undone.Numbers());
        Assert.Equal(2, (int?)undone["skipped"]![0]!["version"]);
    }

    [Fact]
    public async Task Two_deleted_batches_with_one_code_cannot_both_be_restored()
    {
        var (one, other) = (await Client.CreateDeletedIdAsync("B-1"), await Client.CreateDeletedIdAsync("B-1"));
        var problem = await Client.BulkAsync("restore", $$"""{"ids":["{{one}}","{{other}}"]}""")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.Equal(
            $"its code 'B-1' is also the code of batch {one}, which is to be restored, too.", (string?)problem["errors"]![other]![0]);
        Assert.Empty(await Client.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task An_upsert_is_undone_in_what_it_created_and_updated()
    {
        await Client.CreateIdAsync("B-1");
        const string Body = """[{"batchCode":"B-1","rating":2},{"batchCode":"B-2","batchType":"x"}]""";
        var undone = await Client.UndoAsync(await Client.BulkAsync("create?onConflict=update", Body).JsonAsync());
        Assert.Equal("2 matched, 2 changed, 0 unchanged", undone.Numbers());
        Assert.Equal("null", await Client.ValuesAsync("rating"));
        var redone = await Client.UndoAsync(undone);
        Assert.Equal("2 null", await Client.ValuesAsync("rating"));
        Assert.Equal("2 matched, 2 changed, 0 unchanged", redone.Numbers());
    }

    [Fact]
    public async Task An_unknown_change_is_not_found()
    {
        foreach (var changeId in (string[])[TestRoutes.UnknownId, "x", TestRoutes.UnknownId.ToUpperInvariant()])
            await Client.BulkAsync($"{changeId}/undo").ProblemAsync(HttpStatusCode.NotFound, "change_not_found");
        using var other = await Server.CreateClientAsync();
        var foreign = await other.BulkCreateAsync(Http.Batch("B-1"));
        await Client.BulkAsync($"{foreign["changeId"]}/undo").ProblemAsync(HttpStatusCode.NotFound, "change_not_found");
    }

    [Fact]
    public async Task A_policy_limits_an_undo_to_what_it_shows()
    {
        await Client.BulkCreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""), Http.Batch("B-2", "\"assignee\":\"ben\""));
        using var restricted = await Server.CreateClientAsync(account: Account, policy: """{"assignee":"amy"}""");
        var changed = await Client.BulkAsync("update", """{"where":{"batchType":"renewal"},"set":{"rating":5}}""").JsonAsync();
        Assert.Equal("1 matched, 1 changed, 0 unchanged", (await restricted.UndoAsync(changed)).Numbers());
        Assert.Equal("null 5", await Client.ValuesAsync("rating"));

        var reassigned = await Client.BulkAsync("update", """{"where":{"assignee":"ben"},"set":{"assignee":"amy"}}""").JsonAsync();
        await restricted.BulkAsync($"{reassigned["changeId"]}/undo").ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await Client.SendAsync("PATCH", $"{Http.Batches}/{reassigned["sample"]![0]!.Id()}", """{"assignee":"zoe"}""").JsonAsync();
        await restricted.BulkAsync($"{reassigned["changeId"]}/undo").ProblemAsync(HttpStatusCode.NotFound, "change_not_found");
    }

    private static JsonObject WithoutTimes(JsonNode batch)
    {
        var copy = batch.DeepClone().AsObject();
        copy.Remove("updatedAt");
        copy.Remove("version");
        return copy;
    }
}

using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>Codes are unique and compared exactly among the active batches of an account (specification, section 1).</summary>
public sealed class BatchCodeTests(ApiServer server)
{
    [Fact]
    public async Task A_code_can_be_used_by_one_batch_only()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync("B-1");

        var problem = await client.SendAsync("POST", Http.Batches, Http.Batch("B-1"))
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");

        AssertTaken(problem, "B-1", id);
        Assert.Equal(id, Assert.Single(await client.ListAsync(Http.Batches))!.Id());
    }

    [Theory]
    [InlineData("r\u00E9sum\u00E9", "R\u00E9sum\u00E9")]
    [InlineData("B-1", "B-1 ")]
    [InlineData("B-1", " B-1")]
    [InlineData("r\u00E9sum\u00E9", "re\u0301sume\u0301")]
    [InlineData("r\u00E9sum\u00E9", "resume")]
    [InlineData("B-1", "B\u20101")]
    [InlineData("B-1", "B-1\u200B")]
    [InlineData("1", "\u0661")]
    public async Task Codes_that_differ_in_case_or_form_are_different(string one, string other)
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync(one);
        await client.CreateIdAsync(other);
        await client.SendAsync("POST", Http.Batches, Http.Batch(other)).ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
    }

    [Fact]
    public async Task Deletion_frees_the_code()
    {
        using var client = await server.CreateClientAsync();
        var deleted = await client.CreateDeletedIdAsync("B-1");
        Assert.NotEqual(deleted, await client.CreateIdAsync("B-1"));
    }

    [Fact]
    public async Task Two_accounts_can_use_the_same_code()
    {
        using var client = await server.CreateClientAsync();
        using var other = await server.CreateClientAsync();
        await client.CreateIdAsync("B-1");
        await other.CreateIdAsync("B-1");
        Assert.Single(await other.ListAsync(Http.Batches));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task An_update_can_keep_its_code_but_not_take_that_of_another_batch(string method)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync("B-1");
        var batch = await client.CreateAsync(Http.Batch("B-2"));
        var address = $"{Http.Batches}/{batch.Id()}";

        AssertTaken(
            await client.SendAsync(method, address, Http.Batch("B-1", "\"rating\":1"))
                .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken"),
            "B-1",
            id);
        Http.AssertSame(batch, await client.GetJsonAsync(address));

        var updated = await client.SendAsync(method, address, Http.Batch("B-2", "\"rating\":1")).JsonAsync();
        Assert.Equal(1, (int?)updated["rating"]);
    }

    [Fact]
    public async Task Of_20_concurrent_creates_of_one_code_one_succeeds_and_19_are_conflicts()
    {
        using var client = await server.CreateClientAsync();

        var statuses = await Enumerable.Range(0, 20).Select(_ => client.SendAsync("POST", Http.Batches, Http.Batch())).StatusesAsync();

        Assert.Equal((1, 19), (statuses[201], statuses[409]));
        Assert.Single(await client.ListAsync(Http.Batches));
    }

    /// <summary>Deletions between a conflict and the search for its batch must not become an error of the server.</summary>
    [Fact]
    public async Task A_conflict_whose_batch_is_deleted_meanwhile_is_still_a_conflict()
    {
        using var client = await server.CreateClientAsync();
        var statuses = await Enumerable.Range(0, 60).Select(async i =>
        {
            if (i % 3 > 0)
                return await client.SendAsync("POST", Http.Batches, Http.Batch());
            foreach (var batch in await client.ListAsync(Http.Batches))
                (await client.SendAsync("DELETE", $"{Http.Deleted}/{batch!.Id()}")).Dispose();
            return await client.SendAsync("POST", Http.Batches, Http.Batch());
        }).StatusesAsync();
        Assert.Equal(60, statuses.GetValueOrDefault(201) + statuses.GetValueOrDefault(409));
    }

    private static void AssertTaken(JsonObject problem, string code, string id)
    {
        Http.AssertSame(new JsonObject { ["batchCode"] = new JsonArray($"'{code}' is the code of batch {id}.") }, problem["errors"]);
        Assert.Contains(id, (string?)problem["detail"], StringComparison.Ordinal);
    }
}

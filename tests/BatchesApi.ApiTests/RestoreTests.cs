using System.Net;

namespace BatchesApi.ApiTests;

public sealed class RestoreTests(ApiServer server)
{
    [Fact]
    public async Task A_restored_batch_is_active_and_unchanged()
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch(more: "\"rating\":3,\"leadIds\":[\"a\"],\"dueDate\":\"2026-12-01\""));
        await client.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}").EmptyAsync();

        using var response = await client.SendAsync("POST", $"{Http.Deleted}/{batch.Id()}/restore");
        var restored = await response.JsonAsync();

        Assert.Equal("\"3\"", response.Headers.ETag?.ToString());
        batch["updatedAt"] = restored["updatedAt"]!.DeepClone();
        batch["version"] = 3;
        Http.AssertSame(batch, restored);
        Http.AssertSame(batch, await client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
        Assert.Empty(await client.ListAsync(Http.Deleted));
    }

    [Fact]
    public async Task A_batch_can_be_restored_only_once()
    {
        using var client = await server.CreateClientAsync();
        var restore = $"{Http.Deleted}/{await client.CreateDeletedIdAsync()}/restore";

        await client.SendAsync("POST", restore).JsonAsync();

        await client.SendAsync("POST", restore).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
    }

    [Fact]
    public async Task A_batch_whose_code_is_taken_stays_deleted_until_the_code_is_free()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync("B-1");
        var before = await client.GetJsonAsync($"{Http.Deleted}/{id}");
        var taker = await client.CreateIdAsync("B-1");

        var problem = await client.SendAsync("POST", $"{Http.Deleted}/{id}/restore")
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Assert.Equal($"'B-1' is the code of batch {taker}.", (string?)problem["errors"]!["batchCode"]![0]);
        Assert.Contains("then restore again", (string?)problem["detail"], StringComparison.Ordinal);
        Http.AssertSame(before, await client.GetJsonAsync($"{Http.Deleted}/{id}"));

        await client.SendAsync("PATCH", $"{Http.Batches}/{taker}", """{"batchCode":"B-2"}""").JsonAsync();
        await client.SendAsync("POST", $"{Http.Deleted}/{id}/restore").JsonAsync();
    }

    [Fact]
    public async Task Of_concurrent_restores_of_batches_with_one_code_one_succeeds()
    {
        using var client = await server.CreateClientAsync();
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
            ids.Add(await client.CreateDeletedIdAsync());

        var statuses = await ids.Select(id => client.SendAsync("POST", $"{Http.Deleted}/{id}/restore")).StatusesAsync();

        Assert.Equal((1, 7), (statuses[200], statuses[409]));
        Assert.Single(await client.ListAsync(Http.Batches));
        Assert.Equal(7, (await client.ListAsync(Http.Deleted)).Count);
    }

    [Fact]
    public async Task The_body_of_a_restore_is_ignored()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync();
        var restored = await client.SendAsync("POST", $"{Http.Deleted}/{id}/restore", """{"rating":""", "text/plain").JsonAsync();
        Assert.Equal(id, restored.Id());
    }
}

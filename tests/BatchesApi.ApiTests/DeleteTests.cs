using System.Net;

namespace BatchesApi.ApiTests;

public sealed class DeleteTests(ApiServer server)
{
    [Fact]
    public async Task A_deleted_batch_moves_to_the_deleted_batches()
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch(more: "\"rating\":3,\"leadIds\":[\"a\"]"));

        await client.SendAsync("DELETE", $"{Http.Deleted}/{batch.Id()}").EmptyAsync();
        var deleted = await client.GetJsonAsync($"{Http.Deleted}/{batch.Id()}");

        Assert.Equal((string?)deleted["updatedAt"], (string?)deleted["deletedAt"]);
        batch["updatedAt"] = deleted["updatedAt"]!.DeepClone();
        batch["version"] = 2;
        Assert.True(deleted.Remove("deletedAt"));
        Http.AssertSame(batch, deleted);
        Assert.Empty(await client.ListAsync(Http.Batches));
        Assert.Equal(batch.Id(), Assert.Single(await client.ListAsync(Http.Deleted))!.Id());
    }

    [Theory]
    [InlineData("GET", Http.Batches + "/{id}")]
    [InlineData("PUT", Http.Batches + "/{id}")]
    [InlineData("PATCH", Http.Batches + "/{id}")]
    [InlineData("DELETE", Http.Deleted + "/{id}")]
    public async Task A_deleted_batch_is_404_among_active_batches(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync();
        var before = await client.GetJsonAsync($"{Http.Deleted}/{id}");

        await client.SendToAsync(method, path, id).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");

        Http.AssertSame(before, await client.GetJsonAsync($"{Http.Deleted}/{id}"));
    }

    [Theory]
    [InlineData("GET", Http.Deleted + "/{id}")]
    [InlineData("POST", Http.Deleted + "/{id}/restore")]
    public async Task An_active_batch_is_404_among_deleted_batches(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());

        await client.SendToAsync(method, path, batch.Id()).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");

        Http.AssertSame(batch, await client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
    }

    [Theory]
    [MemberData(nameof(TestRoutes.OfOneBatch), MemberType = typeof(TestRoutes))]
    public async Task Unknown_and_malformed_ids_get_the_same_404(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        var details = new HashSet<string>();
        foreach (var id in (string[])
            [TestRoutes.UnknownId, TestRoutes.UnknownId.ToUpperInvariant(), TestRoutes.UnknownId + "0", "1", "%20", "\U0001F600", "null"])
        {
            var problem = await client.SendToAsync(method, path, id).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            details.Add((string)problem["detail"]!);
        }
        Assert.Single(details);
    }

    [Fact]
    public async Task Of_concurrent_deletes_one_succeeds()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();

        var statuses = await Enumerable.Range(0, 20).Select(_ => client.SendAsync("DELETE", $"{Http.Deleted}/{id}")).StatusesAsync();

        Assert.Equal((1, 19), (statuses[204], statuses[404]));
        Assert.Equal(2, (int?)(await client.GetJsonAsync($"{Http.Deleted}/{id}"))["version"]);
    }
}

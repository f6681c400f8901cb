namespace BatchesApi.ApiTests;

public sealed class RetrieveTests(ApiServer server)
{
    [Fact]
    public async Task A_retrieved_batch_equals_the_created_one()
    {
        using var client = await server.CreateClientAsync();
        var created = await client.CreateAsync("""{"batchCode":"B-1","batchType":"renewal","leadIds":["b","a"],"rating":4}""");

        var retrieved = await client.SendAsync("GET", $"{Http.Batches}/{created["id"]}").JsonAsync();

        Assert.Equal(created.ToJsonString(), retrieved.ToJsonString());
    }

    [Theory]
    [InlineData(Http.Batches, "\"1\"")]
    [InlineData(Http.Deleted, "\"2\"")]
    public async Task A_retrieve_has_a_media_type_and_an_entity_tag(string path, string tag)
    {
        using var client = await server.CreateClientAsync();
        var id = path == Http.Deleted ? await client.CreateDeletedIdAsync() : await client.CreateIdAsync();

        using var response = await client.SendAsync("GET", $"{path}/{id}");

        Assert.Equal(id, (await response.JsonAsync()).Id());
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(tag, response.Headers.ETag?.ToString());
    }
}

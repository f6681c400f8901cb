using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

public sealed class UpdateSoftTests(ApiServer server)
{
    [Fact]
    public async Task A_null_in_a_patch_clears_only_that_field()
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch(more:
            """
            "manager":"m","assignee":"a","dueDate":"2026-12-01","repeated":true,"summary":"s","notes":"n","leadIds":["l"],
            "opportunityIds":["o"],"rating":3
            """));

        var cleared = await client.SendAsync("PATCH", $"{Http.Batches}/{batch.Id()}",
            """{"manager":null,"dueDate":null,"repeated":null,"leadIds":null,"rating":null}""").JsonAsync();

        batch["manager"] = batch["dueDate"] = batch["rating"] = null;
        batch["repeated"] = false;
        batch["leadIds"] = new JsonArray();
        batch["version"] = 2;
        batch["updatedAt"] = cleared["updatedAt"]!.DeepClone();
        Http.AssertSame(batch, cleared);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "application/json")]
    [InlineData("", "application/x-www-form-urlencoded")]
    [InlineData("", null)]
    [InlineData("{}", "application/merge-patch+json")]
    public async Task An_empty_patch_changes_nothing(string? body, string? contentType)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());
        Http.AssertSame(batch, await client.SendAsync("PATCH", $"{Http.Batches}/{batch.Id()}", body, contentType).JsonAsync());
    }

    [Theory]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/merge-patch+json; charset=utf-8")]
    [InlineData("application/json")]
    [InlineData(null)]
    public async Task A_merge_patch_is_accepted_with_every_JSON_media_type(string? contentType)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";
        Assert.Equal(3, (int?)(await client.SendAsync("PATCH", address, """{"rating":3}""", contentType).JsonAsync())["rating"]);
    }

    [Theory]
    [InlineData("batchCode")]
    [InlineData("batchType")]
    public async Task A_required_field_cannot_be_cleared(string field)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";
        Assert.Equal(
            [$"{field}: is required and cannot be null."],
            await client.SendAsync("PATCH", address, $$"""{"{{field}}":null}""").ValidationErrorsAsync("invalid_body"));
    }

    [Fact]
    public async Task An_array_field_is_replaced_completely()
    {
        using var client = await server.CreateClientAsync();
        var id = (await client.CreateAsync(Http.Batch(more: "\"leadIds\":[\"a\",\"b\"]"))).Id();
        var patched = await client.SendAsync("PATCH", $"{Http.Batches}/{id}", """{"leadIds":["c"]}""").JsonAsync();
        Assert.Equal("""["c"]""", patched["leadIds"]!.ToJsonString());
    }
}

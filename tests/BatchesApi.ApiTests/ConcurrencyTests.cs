using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

public sealed class ConcurrencyTests(ApiServer server)
{
    private static readonly (string Field, Func<int, JsonNode> Value)[] Fields =
    [
        ("manager", i => $"m{i}"), ("assignee", i => $"a{i}"), ("summary", i => $"s{i}"), ("notes", i => $"n{i}"),
        ("rating", i => i), ("batchType", i => $"t{i}"), ("leadIds", i => new JsonArray($"l{i}")),
        ("opportunityIds", i => new JsonArray($"o{i}")), ("dueDate", i => $"2026-12-0{i + 1}T00:00:00Z"), ("batchCode", i => $"c{i}"),
    ];

    [Fact]
    public async Task Of_50_concurrent_patches_of_different_fields_none_is_lost()
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";

        // Ten fields, five values each. The response to a patch has the value that it set, regardless of the others.
        var responses = await Task.WhenAll(
            from value in Enumerable.Range(0, 5)
            from field in Fields
            select PatchAsync(client, address, field.Field, field.Value(value)));
        var batch = await client.GetJsonAsync(address);

        Assert.Equal(51, (int?)batch["version"]);
        Assert.Equal(Enumerable.Range(2, 50), responses.Select(response => (int)response["version"]!).Order());
        var times = responses.OrderBy(response => (int)response["version"]!)
            .Select(response => response["updatedAt"]!.GetValue<DateTime>()).ToList();
        Assert.Equal(times.Order(), times);
        foreach (var (field, value) in Fields)
            Assert.Contains(batch[field]!.ToJsonString(), from i in Enumerable.Range(0, 5) select value(i).ToJsonString());
        Http.AssertSame(responses.Single(response => (int)response["version"]! == 51), batch);
    }

    [Fact]
    public async Task After_concurrent_patches_and_a_delete_the_version_counts_the_successful_writes()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();

        var patches = Enumerable.Range(0, 20).Select(async i =>
        {
            using var response = await client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"summary":"s{{i}}"}""");
            return response.IsSuccessStatusCode;
        }).ToList();
        await client.SendAsync("DELETE", $"{Http.Deleted}/{id}").EmptyAsync();
        var applied = (await Task.WhenAll(patches)).Count(success => success);

        Assert.Equal(2 + applied, (int?)(await client.GetJsonAsync($"{Http.Deleted}/{id}"))["version"]);
    }

    private static async Task<JsonObject> PatchAsync(HttpClient client, string address, string field, JsonNode value)
    {
        var response = await client.SendAsync("PATCH", address, new JsonObject { [field] = value }.ToJsonString()).JsonAsync();
        Http.AssertSame(value, response[field]);
        return response;
    }
}

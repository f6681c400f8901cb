using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

/// <summary>When <c>version</c> and <c>updatedAt</c> change (specification, section 1).</summary>
public sealed class VersionTests(ApiServer server)
{
    private const string Full =
        """
        {
          "batchCode": "B-1", "batchType": "renewal", "manager": "maria", "assignee": "amy", "dueDate": "2026-12-01T00:00:00Z",
          "repeated": true, "summary": "r\u00E9sum\u00E9", "notes": "long", "leadIds": ["b", "a"], "opportunityIds": ["z"], "rating": 4
        }
        """;

    private static readonly (string Field, string Value)[] Values =
    [
        ("batchCode", "\"b-1\""), ("batchCode", "\"B-1 \""), ("batchType", "\"other\""), ("manager", "null"), ("manager", "\"\""),
        ("assignee", "\"Amy\""), ("dueDate", "null"), ("dueDate", "\"2026-12-01T00:00:00.000001Z\""), ("repeated", "false"),
        ("summary", "\"re\u0301sume\u0301\""), ("notes", "\"long \""), ("leadIds", "[\"a\",\"b\"]"), ("leadIds", "[]"),
        ("opportunityIds", "[\"z\",\"z\"]"), ("rating", "0"), ("rating", "null"),
    ];

    public static IEnumerable<TheoryDataRow<string, string, string>> Changes =>
        from method in (string[])["PUT", "PATCH"]
        from change in Values
        select new TheoryDataRow<string, string, string>(method, change.Field, change.Value);

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_of_one_value_increments_the_version_once_and_keeps_other_fields(string method, string field, string value)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Full);
        var address = $"{Http.Batches}/{batch.Id()}";
        var body = method == "PUT" ? JsonNode.Parse(Full)!.AsObject() : [];
        body[field] = JsonNode.Parse(value);

        using var response = await client.SendAsync(method, address, body.ToJsonString());
        var changed = await response.JsonAsync();

        Assert.Equal("\"2\"", response.Headers.ETag?.ToString());
        Assert.True((DateTimeOffset)changed["updatedAt"]! > (DateTimeOffset)batch["updatedAt"]!);
        batch[field] = JsonNode.Parse(value);
        batch["version"] = 2;
        batch["updatedAt"] = changed["updatedAt"]!.DeepClone();
        Http.AssertSame(batch, changed);
        Http.AssertSame(batch, await client.GetJsonAsync(address));
    }

    [Fact]
    public async Task A_change_of_several_values_increments_the_version_once()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();
        Assert.Equal(2, (int?)(await client.SendAsync("PUT", $"{Http.Batches}/{id}", Full).JsonAsync())["version"]);
    }

    [Theory]
    [InlineData("PUT", Full)]
    [InlineData("PATCH", Full)]
    [InlineData("PATCH", "{}")]
    [InlineData("PATCH", """{"dueDate":"2026-12-01T01:00:00+01:00","leadIds":["b","a"]}""")]
    [InlineData(
        "PATCH", """{"id":"63a5b84c53e1218321c55572","createdAt":"2001-01-01","updatedAt":null,"deletedAt":"2001-01-01","version":9}""")]
    public async Task A_write_that_changes_no_value_keeps_version_and_updatedAt(string method, string body)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Full);
        Http.AssertSame(batch, await client.SendAsync(method, $"{Http.Batches}/{batch.Id()}", body).JsonAsync());
    }

    [Theory]
    [InlineData("PUT", Full)]
    [InlineData("PATCH", Full)]
    [InlineData("PUT", """{"batchCode":"B-1","batchType":"renewal"}""")]
    public async Task An_update_with_the_retrieved_batch_changes_nothing(string method, string created)
    {
        using var client = await server.CreateClientAsync();
        var id = (await client.CreateAsync(created)).Id();
        var address = $"{Http.Batches}/{id}";
        var batch = await client.SendAsync("PATCH", address, """{"summary":"later"}""").JsonAsync();

        Http.AssertSame(batch, await client.SendAsync(method, address, batch.ToJsonString()).JsonAsync());
    }

    [Fact]
    public async Task Delete_and_restore_increment_the_version()
    {
        using var client = await server.CreateClientAsync();
        var created = await client.CreateAsync(Full);
        var deleted = $"{Http.Deleted}/{created.Id()}";

        await client.SendAsync("DELETE", deleted).EmptyAsync();
        var gone = await client.GetJsonAsync(deleted);
        var restored = await client.SendAsync("POST", $"{deleted}/restore").JsonAsync();

        Assert.Equal([1, 2, 3], from batch in (JsonObject[])[created, gone, restored] select (int)batch["version"]!);
        var times = (from batch in (JsonObject[])[created, gone, restored] select (DateTimeOffset)batch["updatedAt"]!).ToArray();
        Assert.True(times[0] < times[1] && times[1] < times[2]);
    }
}

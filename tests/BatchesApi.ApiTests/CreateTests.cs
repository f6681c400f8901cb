using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests;

public sealed class CreateTests(ApiServer server)
{
    [Fact]
    public async Task A_create_needs_only_code_and_type_and_sets_defaults()
    {
        using var client = await server.CreateClientAsync();

        var batch = await client.CreateAsync("""{"batchCode":"B-1","batchType":"renewal"}""");

        Assert.Matches("^[0-9a-f]{24}$", batch.Id());
        var createdAt = (DateTimeOffset)batch["createdAt"]!;
        Assert.InRange(createdAt, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.EndsWith("Z", (string?)batch["createdAt"], StringComparison.Ordinal);
        Http.AssertSame(
            JsonNode.Parse(
                $$"""
                {
                  "id": "{{batch.Id()}}", "batchCode": "B-1", "batchType": "renewal", "manager": null, "assignee": null,
                  "dueDate": null, "repeated": false, "summary": null, "notes": null, "leadIds": [], "opportunityIds": [],
                  "rating": null, "createdAt": "{{batch["createdAt"]}}", "updatedAt": "{{batch["createdAt"]}}", "version": 1
                }
                """),
            batch);
    }

    [Fact]
    public async Task The_response_to_a_create_has_a_media_type_an_entity_tag_and_the_location_of_the_batch()
    {
        using var client = await server.CreateClientAsync();

        using var response = await client.SendAsync("POST", Http.Batches, Http.Batch());
        var batch = await response.JsonAsync(HttpStatusCode.Created);

        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("\"1\"", response.Headers.ETag?.ToString());
        Assert.Equal(new Uri(server.Address, $"{Http.Batches}/{batch.Id()}"), response.Headers.Location);
        Http.AssertSame(batch, await client.GetJsonAsync(response.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task A_create_stores_every_field_and_keeps_the_order_and_duplicates_of_arrays()
    {
        using var client = await server.CreateClientAsync();
        var body = JsonNode.Parse(
            """
            {
              "batchCode": "B-1", "batchType": "renewal", "manager": "maria", "assignee": "amy", "dueDate": "2026-12-01T00:00:00Z",
              "repeated": true, "summary": "short", "notes": "long", "leadIds": ["b", "a", "b"], "opportunityIds": ["z", "y"], "rating": 5
            }
            """)!.AsObject();

        var created = await client.CreateAsync(body.ToJsonString());
        var retrieved = await client.GetJsonAsync($"{Http.Batches}/{created.Id()}");

        Http.AssertSame(created, retrieved);
        foreach (var (name, value) in body)
            Http.AssertSame(value, retrieved[name]);
    }

    [Fact]
    public async Task A_null_in_a_create_sets_the_default()
    {
        using var client = await server.CreateClientAsync();

        var batch = await client.CreateAsync(Http.Batch(more:
            """
            "manager":null,"assignee":null,"dueDate":null,"repeated":null,"summary":null,"notes":null,"leadIds":null,
            "opportunityIds":null,"rating":null
            """));

        foreach (var name in (string[])["manager", "assignee", "dueDate", "summary", "notes", "rating"])
            Assert.Null(batch[name]);
        Assert.False((bool?)batch["repeated"]);
        Assert.Empty(batch["leadIds"]!.AsArray());
        Assert.Empty(batch["opportunityIds"]!.AsArray());
    }

    [Fact]
    public async Task Values_of_read_only_fields_are_ignored()
    {
        using var client = await server.CreateClientAsync();

        var batch = await client.CreateAsync(Http.Batch(more:
            $$"""
            "id":"{{TestRoutes.UnknownId}}","createdAt":"2001-01-01T00:00:00Z","updatedAt":7,
            "deletedAt":"2001-01-01T00:00:00Z","version":"nine"
            """));

        Assert.NotEqual(TestRoutes.UnknownId, batch.Id());
        Assert.Equal(1, (int?)batch["version"]);
        Assert.False(batch.ContainsKey("deletedAt"));
        Assert.NotEqual("2001-01-01T00:00:00Z", (string?)batch["createdAt"]);
        Assert.Equal(batch.Id(), (await client.ListAsync(Http.Batches)).Single()!.Id());
    }

    [Fact]
    public async Task Ids_ascend_in_the_order_of_creation()
    {
        using var client = await server.CreateClientAsync();
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await client.CreateIdAsync($"B-{i}"));
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" { } ")]
    [InlineData("""{"id":"63a5b84c53e1218321c55572","_id":1}""")]
    public async Task Code_and_type_are_required(string body)
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal(
            ["batchCode: is required.", "batchType: is required."],
            await client.SendAsync("POST", Http.Batches, body).ValidationErrorsAsync("invalid_body"));
    }

    [Fact]
    public async Task All_errors_of_a_create_are_reported_under_the_names_in_the_request()
    {
        using var client = await server.CreateClientAsync();

        var errors = await client.SendAsync("POST", Http.Batches,
            """
            {
              "batchCode": " ", "manager": 1, "dueDate": "tomorrow", "repeated": "yes", "leadIds": ["", "ok", null],
              "opportunityIds": "a", "rating": 6, "Rating": 1, "colour": "red", "batchcode": "B-1"
            }
            """).ValidationErrorsAsync("invalid_body");

        Assert.Equal(
            [
                "Rating: is not a field of a batch. Did you mean 'rating'?",
                "batchCode: must not be blank.",
                "batchType: is required.",
                "batchcode: is not a field of a batch. Did you mean 'batchCode'?",
                "colour: is not a field of a batch.",
                "dueDate: must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z, "
                    + "but is 'tomorrow'.",
                "leadIds: item 0 must be 1 to 64 characters, but is empty.",
                "leadIds: item 2 must be a string, but is null.",
                "manager: must be a string or null, but is 1. Send it in quotes: \"1\".",
                "opportunityIds: must be an array of strings, such as [\"a\",\"b\"], or null, but is the string \"a\".",
                "rating: must be between 0 and 5, but is 6.",
                "repeated: must be true, false or null, but is the string \"yes\". Send true.",
            ],
            errors.Order(StringComparer.Ordinal));
        Assert.Empty(await client.ListAsync(Http.Batches));
    }
}

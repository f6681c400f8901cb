using System.Net;

namespace BatchesApi.ApiTests;

public sealed class UpdateTests(ApiServer server)
{
    [Fact]
    public async Task Fields_missing_in_an_update_are_reset_to_their_defaults()
    {
        using var client = await server.CreateClientAsync();
        var plain = await client.CreateAsync(Http.Batch("B-plain"));
        var batch = await client.CreateAsync(Http.Batch(more:
            """
            "manager":"m","assignee":"a","dueDate":"2026-12-01","repeated":true,"summary":"s","notes":"n","leadIds":["l"],
            "opportunityIds":["o"],"rating":0
            """));

        var updated =
            await client.SendAsync("PUT", $"{Http.Batches}/{batch.Id()}", """{"batchCode":"B-2","batchType":"new"}""").JsonAsync();

        plain["id"] = batch.Id();
        plain["batchCode"] = "B-2";
        plain["batchType"] = "new";
        plain["version"] = 2;
        plain["createdAt"] = batch["createdAt"]!.DeepClone();
        plain["updatedAt"] = updated["updatedAt"]!.DeepClone();
        Http.AssertSame(plain, updated);
        Http.AssertSame(updated, await client.GetJsonAsync($"{Http.Batches}/{batch.Id()}"));
    }

    [Theory]
    [InlineData("{}", "batchCode: is required.", "batchType: is required.")]
    [InlineData("""{"batchCode":"B-1"}""", "batchType: is required.")]
    [InlineData("""{"batchCode":null,"batchType":"x"}""", "batchCode: is required and cannot be null.")]
    [InlineData(
        """{"batchType":"x","rating":7,"colour":1}""", "colour: is not a field of a batch.", "batchCode: is required.",
        "rating: must be between 0 and 5, but is 7.")]
    public async Task All_errors_of_an_update_are_reported(string body, params string[] errors)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());
        var address = $"{Http.Batches}/{batch.Id()}";

        Assert.Equal(errors, await client.SendAsync("PUT", address, body).ValidationErrorsAsync("invalid_body"));
        Http.AssertSame(batch, await client.GetJsonAsync(address));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task The_last_of_two_updates_wins(string method)
    {
        using var client = await server.CreateClientAsync();
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";

        await client.SendAsync(method, address, Http.Batch(more: "\"rating\":1")).JsonAsync();
        var last = await client.SendAsync(method, address, Http.Batch(more: "\"rating\":2")).JsonAsync();

        Assert.Equal((2, 3), ((int)last["rating"]!, (int)last["version"]!));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task Errors_in_a_body_take_precedence_over_an_unknown_id(string method)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync(method, $"{Http.Batches}/{TestRoutes.UnknownId}", """{"rating":9}""")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_body");
    }
}

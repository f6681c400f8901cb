using System.Net;
using BatchesApi.ApiTests.Bulk;

namespace BatchesApi.ApiTests.Leases;

/// <summary>Invalid bodies of claims.</summary>
public sealed class ClaimBodyTests(ApiServer server) : LeaseTest(server)
{
    [Theory]
    [InlineData("""{"limit":0}""", "limit: must be a whole number from 1 to 100, but is 0.")]
    [InlineData("""{"limit":101}""", "limit: must be a whole number from 1 to 100, but is 101.")]
    [InlineData("""{"limit":1.5}""", "limit: must be a whole number from 1 to 100, but is 1.5.")]
    [InlineData("""{"limit":"1"}""", "limit: must be a whole number from 1 to 100, but is a string.")]
    [InlineData("""{"limit":1e99}""", "limit: must be a whole number from 1 to 100, but is 1e99.")]
    [InlineData("""{"for":"9s"}""", "for: must be a duration from 10s to 24h, such as 15m (units: s, m, h, d), but is '9s'.")]
    [InlineData("""{"for":"25h"}""", "for: must be a duration from 10s to 24h, such as 15m (units: s, m, h, d), but is '25h'.")]
    [InlineData("""{"for":"99999999999d"}""",
        "for: must be a duration from 10s to 24h, such as 15m (units: s, m, h, d), but is '99999999999d'.")]
    [InlineData("""{"for":60}""", "for: must be a duration from 10s to 24h, such as 15m (units: s, m, h, d), but is 60.")]
    [InlineData("""{"for":"\ud800"}""", "for: must be a duration from 10s to 24h, such as 15m (units: s, m, h, d), but is '\uFFFD'.")]
    [InlineData("""{"where":[]}""", "where: must be a filter as in the parameter p, such as {\"assignee\":\"amy\"}, but is an array.")]
    [InlineData("""{"where":{"rating":{"$gte":"x"}}}""", "where.rating.$gte: ")]
    [InlineData("""{"where":{"nothing":1}}""", "where.nothing: unknown field 'nothing'.")]
    [InlineData("""{"where":{"notes":"\u0000"}}""", "where.notes: ")]
    [InlineData("""{"where":{"rating":1,"rating":2}}""", "where.rating: must not be given more than once.")]
    [InlineData("""{"sortBy":"leadIds"}""", "sortBy: cannot sort by array field 'leadIds'.")]
    [InlineData("""{"sortBy":"deletedAt"}""", "sortBy: ")]
    [InlineData("""{"sortBy":["rating"]}""", "sortBy: must be a string, but is an array.")]
    [InlineData("""{"order":"up"}""", "order: 'up' is not a direction.")]
    [InlineData("""{"set":{"batchCode":"B-2"}}""", "set.batchCode: cannot be set here, because each batch has its own code.")]
    [InlineData("""{"set":{"rating":9}}""", "set.rating: ")]
    [InlineData("""{"set":{"nothing":9}}""", "set.nothing: is not a field of a batch.")]
    [InlineData("""{"set":[]}""", "set: must be an object with the fields to change, but is an array.")]
    [InlineData("""{"limit":1,"limit":2}""", "limit: must not be given more than once.")]
    [InlineData("""{"limits":1}""", "limits: is not a member of this body. Did you mean 'limit'?")]
    [InlineData("""{"p":{}}""", "p: is not a member of this body. Use where.")]
    [InlineData("""{"assignee":"amy"}""",
        "assignee: is not a member of this body. To select by the field, use {\"where\":{\"assignee\":…}}.")]
    [InlineData("""{"\ud800":1}""", "\uFFFD: is not a member of this body.")]
    public async Task An_invalid_member_is_named(string body, string error)
    {
        await Client.CreateIdAsync();
        var errors = await Client.SendAsync("POST", Claims, body).ValidationErrorsAsync("invalid_body");
        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task All_errors_of_a_body_are_reported()
    {
        var errors = await Client.SendAsync(
            "POST", Claims, """{"where":{"x":1,"rating":"y"},"sortBy":1,"order":"up","limit":0,"for":"","set":{"rating":9,"z":1}}""")
            .ValidationErrorsAsync("invalid_body");
        Assert.Equal(
            ["for", "limit", "order", "set.rating", "set.z", "sortBy", "where.rating", "where.x"],
            errors.Select(error => error.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{", "malformed_body", 400)]
    [InlineData("[]", "malformed_body", 400)]
    [InlineData("\"{}\"", "malformed_body", 400)]
    [InlineData("limit=1", "malformed_body", 400)]
    public async Task A_body_that_is_not_an_object_is_rejected(string body, string code, int status) =>
        await Client.SendAsync("POST", Claims, body).ProblemAsync((HttpStatusCode)status, code);

    [Fact]
    public async Task JSON_that_is_labeled_as_a_form_is_accepted_as_from_curl()
    {
        await Client.CreateIdAsync("B-1");
        await Client.CreateIdAsync("B-2");
        var claimed = await Client.SendAsync("POST", Claims, """{"limit":2}""", "application/x-www-form-urlencoded").JsonAsync();
        Assert.Equal(2, claimed["data"]!.AsArray().Count);
        await Client.SendAsync("POST", Claims, "limit=2", "application/x-www-form-urlencoded")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task A_claimed_batch_can_be_sent_back()
    {
        await Client.CreateIdAsync("B-1");
        var claimed = Assert.Single(await ClaimAsync());
        var address = $"{Http.Batches}/{claimed.Id()}";
        foreach (var method in (string[])["PUT", "PATCH"])
            Assert.False((await Client.SendAsync(method, address, claimed.ToJsonString()).JsonAsync()).ContainsKey("lease"));
        var upserted = await Client.BulkAsync("create?onConflict=update", $"[{claimed.ToJsonString()}]").JsonAsync();
        Assert.Equal(1, (int?)upserted["unchanged"]);
    }
}

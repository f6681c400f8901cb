using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>What a client accepts (specification, section 5; RFC 9110, section 12.5.1).</summary>
public sealed class AcceptTests(ApiServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("application/*")]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;q=0.001")]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.1")]
    [InlineData("application/json, */*;q=0")]
    [InlineData("text/html;q=0, application/json")]
    [InlineData("application/problem+json, application/json")]
    [InlineData("what is this")]
    public async Task What_admits_JSON_is_answered(string accept)
    {
        using var client = await ClientAsync(accept);
        await client.CreateIdAsync();
        Assert.Single(await client.ListAsync(Http.Batches));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/*, image/png")]
    [InlineData("application/xml")]
    [InlineData("application/json;version=2")]
    [InlineData("application/json;q=0")]
    [InlineData("*/*;q=0")]
    [InlineData("application/json;q=0, */*")]
    [InlineData("application/*;q=0.0, text/html, */*;q=0.5")]
    public async Task What_does_not_admit_JSON_is_406_and_nothing_is_done(string accept)
    {
        using var client = await ClientAsync(accept);

        await client.SendAsync("POST", Http.Batches, Http.Batch()).ProblemAsync(HttpStatusCode.NotAcceptable, "not_acceptable");

        client.DefaultRequestHeaders.Remove("Accept");
        Assert.Empty(await client.ListAsync(Http.Batches));
    }

    [Theory]
    [MemberData(nameof(TestRoutes.All), MemberType = typeof(TestRoutes))]
    public async Task Every_route_but_delete_which_answers_without_a_body_looks_at_it(string method, string path)
    {
        using var client = await ClientAsync("text/html");
        var expected = method == "DELETE" ? (HttpStatusCode.NotFound, "batch_not_found") : (HttpStatusCode.NotAcceptable, "not_acceptable");
        await client.SendToAsync(method, path).ProblemAsync(expected.Item1, expected.Item2);
    }

    private async Task<HttpClient> ClientAsync(string accept)
    {
        var client = await server.CreateClientAsync();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        return client;
    }
}

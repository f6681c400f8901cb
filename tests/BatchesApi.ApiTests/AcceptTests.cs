using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>The header <c>Accept</c> (specification, section 5; RFC 9110, section 12.5.1).</summary>
public sealed class AcceptTests(ApiServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("application/*")]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json;version=2")]
    [InlineData("application/json;q=0.001")]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.1")]
    [InlineData("application/json, */*;q=0")]
    [InlineData("text/html;q=0, application/json")]
    [InlineData("application/problem+json, application/json")]
    [InlineData("what is this")]
    public async Task An_Accept_header_that_allows_JSON_gets_JSON(string accept)
    {
        using var client = await ClientAsync(accept);
        await client.CreateIdAsync();
        Assert.Single(await client.ListAsync(Http.Batches));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/*, image/png")]
    [InlineData("application/xml")]
    [InlineData("application/json;q=0")]
    [InlineData("*/*;q=0")]
    [InlineData("application/json;q=0, */*")]
    [InlineData("application/*;q=0.0, text/html, */*;q=0.5")]
    public async Task An_Accept_header_that_excludes_JSON_is_406_and_nothing_is_written(string accept)
    {
        using var client = await ClientAsync(accept);

        await client.SendAsync("POST", Http.Batches, Http.Batch()).ProblemAsync(HttpStatusCode.NotAcceptable, "not_acceptable");

        client.DefaultRequestHeaders.Remove("Accept");
        Assert.Empty(await client.ListAsync(Http.Batches));
    }

    [Theory]
    [MemberData(nameof(TestRoutes.All), MemberType = typeof(TestRoutes))]
    public async Task Every_route_with_a_response_body_checks_the_Accept_header(string method, string path)
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

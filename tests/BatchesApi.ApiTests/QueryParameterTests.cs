using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>The names of query parameters on every route (specification, section 3).</summary>
public sealed class QueryParameterTests(ApiServer server)
{
    [Theory]
    [MemberData(nameof(TestRoutes.All), MemberType = typeof(TestRoutes))]
    public async Task An_unknown_parameter_is_rejected_on_every_route(string method, string path)
    {
        using var client = await server.CreateClientAsync();
        var id = path == Http.Deleted + "/{id}/restore" ? await client.CreateDeletedIdAsync() : await client.CreateIdAsync();
        var before = (await client.GetJsonAsync(Http.Batches)).ToJsonString() + await client.GetJsonAsync(Http.Deleted);

        var errors = await client.SendToAsync(method, path, id, "?Colour=red&=x").ValidationErrorsAsync("invalid_parameter");

        Assert.Equal(2, errors.Length);
        Assert.StartsWith("Colour: is not a parameter of this operation. Parameters: ", errors[0], StringComparison.Ordinal);
        Assert.StartsWith(": is not a parameter of this operation. Parameters: ", errors[1], StringComparison.Ordinal);
        Assert.Equal(before, (await client.GetJsonAsync(Http.Batches)).ToJsonString() + await client.GetJsonAsync(Http.Deleted));
    }

    [Theory]
    [InlineData(Http.Batches, "pages", "page")]
    [InlineData(Http.Batches, "sorBy", "sortBy")]
    [InlineData(Http.Deleted, "Limits", "limit")]
    [InlineData(Http.Batches + "/" + TestRoutes.UnknownId, "feilds", "fields")]
    [InlineData(Http.Deleted + "/" + TestRoutes.UnknownId, "feilds", "fields")]
    public async Task The_error_for_an_unknown_parameter_suggests_the_nearest_one(string path, string written, string meant)
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("GET", $"{path}?{written}=1").ValidationErrorsAsync("invalid_parameter");
        Assert.Contains($". Did you mean '{meant}'? Parameters: ", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Http.Batches, "per_page=50", "limit=50")]
    [InlineData(Http.Deleted, "search=a", "q=a")]
    [InlineData(Http.Deleted, "rating_gte=4", "fields=rating:gte:4")]
    [InlineData(Http.Batches + "/" + TestRoutes.UnknownId, "select=rating", "fields=rating")]
    [InlineData(Http.Batches + "/" + TestRoutes.UnknownId + "/history", "page_size=5", "limit=5")]
    public async Task A_parameter_of_another_API_gets_a_pointer(string path, string query, string use)
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("GET", $"{path}?{query}").ValidationErrorsAsync("invalid_parameter");
        Assert.EndsWith($": is not a parameter of this operation. Use {use}.", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("page=1&page=1", "page")]
    [InlineData("page=1&Page=2", "page")]
    [InlineData("SORTBY=rating&sortBy=", "SORTBY")]
    [InlineData("fields=id&fields=rating", "fields")]
    [InlineData("limit=&limit=", "limit")]
    public async Task A_duplicate_parameter_is_rejected(string query, string name)
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("GET", $"{Http.Batches}?{query}").ValidationErrorsAsync("invalid_parameter");
        Assert.Equal($"{name}: must not be given more than once.", Assert.Single(errors), ignoreCase: true);
    }

    [Theory]
    [InlineData("q=%FF", "q")]
    [InlineData("q=caf%E9", "q")]
    [InlineData("fields=assignee:ne:%ED%A0%80", "fields")]
    [InlineData("p=%7B%22notes%22:%22%C3%22%7D", "p")]
    [InlineData("limit=1&cursor=%80&sortBy=%C0%80", "cursor sortBy")]
    public async Task A_parameter_that_is_not_UTF_8_is_rejected(string query, string names)
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("GET", $"{Http.Batches}?{query}").ValidationErrorsAsync("invalid_parameter");
        Assert.All(names.Split(' '), name => Assert.Contains($"{name}: is not valid UTF-8.", errors));
    }

    [Fact]
    public async Task All_errors_in_parameters_are_reported()
    {
        using var client = await server.CreateClientAsync();
        var problem = await client.SendAsync("GET", $"{Http.Batches}?limit=0&page=x&sortBy=y&order=z&fields=f&count=c&colour=red&page2=1")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        Assert.Equal(
            ["colour", "count", "fields", "limit", "order", "page", "page2", "sortBy"],
            problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }
}

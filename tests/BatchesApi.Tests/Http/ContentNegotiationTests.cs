using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class ContentNegotiationTests
{
    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/*")]
    [InlineData("*/*")]
    [InlineData("text/html, application/json")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")]
    [InlineData("application/json;q=0.001")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\";q=0.5")]

    // The most specific range counts, wherever it stands.
    [InlineData("*/*;q=0, application/json")]
    [InlineData("application/json, */*;q=0")]
    [InlineData("application/*;q=0, application/json;q=0.1")]
    [InlineData("*/*;q=0, application/*")]

    // What says nothing, or cannot be read, admits all.
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("json")]
    [InlineData("*")]
    [InlineData(";;;")]
    [InlineData("application/json;q=2")]
    [InlineData("application/json;q=high")]
    public void An_answer_in_JSON_is_accepted(string accept) => Assert.Null(RefusalOf(accept));

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml")]
    [InlineData("application/problem+json")]
    [InlineData("application/jsonp")]
    [InlineData("text/*")]
    [InlineData("text/html, text/plain;q=0.5")]
    [InlineData("application/json;q=0")]
    [InlineData("application/json;q=0.000")]
    [InlineData("*/*;q=0")]
    [InlineData("application/*;q=0")]
    [InlineData("application/json;q=0, */*")]
    [InlineData("*/*, application/json;q=0")]
    [InlineData("application/*;q=0, */*")]
    [InlineData("application/json;q=0, application/*")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; version=1")]
    public void An_answer_in_JSON_is_not_accepted(string accept)
    {
        var problem = RefusalOf(accept);

        Assert.Equal(ProblemCode.NotAcceptable, problem?.Code);
        Assert.Equal($"The answer is application/json, which 'Accept: {accept}' does not admit.", problem?.Detail);
    }

    [Fact]
    public void Several_headers_are_one_list()
    {
        Assert.Null(RefusalOf("text/html", "application/json"));
        Assert.NotNull(RefusalOf("*/*", "application/json;q=0"));
    }

    [Fact]
    public void Without_the_header_everything_is_accepted() => Assert.Null(RefusalOf());

    private static Problem? RefusalOf(params string[] accept)
    {
        var http = new DefaultHttpContext();
        if (accept.Length > 0)
            http.Request.Headers.Accept = accept;
        return ContentNegotiation.FindProblem(http.Request);
    }
}

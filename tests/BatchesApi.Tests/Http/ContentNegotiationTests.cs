using BatchesApi.Domain;
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

    // JSON has no parameters, but clients send some.
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json;charset='utf-8'")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; version=1")]
    [InlineData("application/json; odata=verbose")]
    [InlineData("application/json; odata.metadata=minimal; indent=4; q=0.9")]
    [InlineData("application/json; profile=\"https://example.com/batch\"")]
    [InlineData("application/*; charset=utf8")]
    [InlineData("application/json;version=1;q=0, application/json")]
    [InlineData("application/json, text/plain, */*")]
    [InlineData("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2")]

    // The most specific range decides, wherever it is in the list.
    [InlineData("*/*;q=0, application/json")]
    [InlineData("application/json, */*;q=0")]
    [InlineData("application/*;q=0, application/json;q=0.1")]
    [InlineData("*/*;q=0, application/*")]

    // An empty or invalid header accepts everything.
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("json")]
    [InlineData("*")]
    [InlineData(";;;")]
    [InlineData("application/json;q=2")]
    [InlineData("application/json;q=high")]
    public void A_header_accepts_JSON(string accept) => Assert.Null(FindProblem(accept));

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
    [InlineData("application/json; charset=utf8; q=0")]
    [InlineData("application/json;version=1;q=0, */*")]
    [InlineData("application/vnd.api+json")]
    public void A_header_does_not_accept_JSON(string accept)
    {
        var problem = FindProblem(accept);

        Assert.Equal(ProblemCode.NotAcceptable, problem?.Code);
        Assert.Equal($"The response is application/json, which 'Accept: {accept}' does not accept.", problem?.Detail);
    }

    [Fact]
    public void Several_header_lines_are_one_list()
    {
        Assert.Null(FindProblem("text/html", "application/json"));
        Assert.NotNull(FindProblem("*/*", "application/json;q=0"));
    }

    [Fact]
    public void An_absent_header_accepts_JSON() => Assert.Null(FindProblem());

    [Theory]
    [InlineData("text/csv", CsvForm.Plain)]
    [InlineData("Text/CSV; charset=utf-8", CsvForm.Plain)]
    [InlineData("text/*", CsvForm.Plain)]
    [InlineData("text/csv; bom=true", CsvForm.Spreadsheet)]
    [InlineData("text/csv;BOM=\"TRUE\"", CsvForm.Spreadsheet)]
    [InlineData("text/csv; bom=false", CsvForm.Plain)]
    [InlineData("text/csv; bom=true;q=0.5, text/csv", CsvForm.Plain)]
    [InlineData("text/csv;q=0.5, text/csv; bom=true", CsvForm.Spreadsheet)]
    [InlineData("text/csv, */*;q=0.1", CsvForm.Plain)]
    [InlineData("text/csv, application/json;q=0.9", CsvForm.Plain)]
    [InlineData("application/json;q=0, */*", CsvForm.Plain)]

    // JSON is preferred if the client prefers neither.
    [InlineData("text/csv, application/json", null)]
    [InlineData("text/csv;q=0.5, application/json;q=0.5", null)]
    [InlineData("text/csv, */*", null)]
    [InlineData("*/*", null)]
    [InlineData("text/csv;q=0.5, application/json", null)]
    [InlineData("text/csv;q=0, */*", null)]
    [InlineData("application/json", null)]
    [InlineData("", null)]
    [InlineData("csv", null)]
    public void The_client_chooses_between_JSON_and_CSV(string accept, object? expected)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Accept = accept;

        Assert.Equal((CsvForm?)expected, ContentNegotiation.ChooseCsv(http.Request));
        Assert.Null(ContentNegotiation.FindProblem(http.Request, BatchCsv.MediaType));
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/csv;q=0")]
    [InlineData("*/*;q=0")]
    public void A_header_may_accept_neither_JSON_nor_CSV(string accept)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Accept = accept;

        Assert.Equal(
            $"The response is application/json or text/csv, which 'Accept: {accept}' does not accept.",
            ContentNegotiation.FindProblem(http.Request, BatchCsv.MediaType)?.Detail);
    }

    private static Problem? FindProblem(params string[] accept)
    {
        var http = new DefaultHttpContext();
        if (accept.Length > 0)
            http.Request.Headers.Accept = accept;
        return ContentNegotiation.FindProblem(http.Request);
    }
}

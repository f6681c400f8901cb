using BatchesApi.Pages;

namespace BatchesApi.Tests.Pages;

public sealed class PageTests
{
    private static readonly Page Linked = new(Page.Html, $"<a href=\"{Page.PathBase}/docs\">{Page.Server}/api</a>");

    [Theory]
    [InlineData("api.test", "", "<a href=\"/docs\">http://api.test/api</a>")]
    [InlineData("api.test:81", "/base", "<a href=\"/base/docs\">http://api.test:81/base/api</a>")]
    [InlineData("", "/base", "<a href=\"/base/docs\">/base/api</a>")]
    [InlineData("a';reboot;'", "", "<a href=\"/docs\">http://a%27;reboot;%27/api</a>")]
    [InlineData("a\"><script>&", "/b\"<c>", "<a href=\"/b%22%3Cc%3E/docs\">http://a&quot;&gt;&lt;script&gt;&amp;/b%22%3Cc%3E/api</a>")]
    public async Task A_page_has_the_address_of_the_request_encoded(string host, string pathBase, string expected)
    {
        var context = Request(host, pathBase);

        await context.WithAsync(Linked);

        Assert.Equal(expected, context.Body);
        Assert.Equal("text/html; charset=utf-8", context.Http.Response.ContentType);
    }

    [Fact]
    public async Task A_page_is_sent_once_to_a_client_that_sends_its_tag_back()
    {
        var first = Request("api.test", "");
        await first.WithAsync(Linked);
        var tag = first.Http.Response.Headers.ETag.ToString();
        Assert.StartsWith("W/\"", tag, StringComparison.Ordinal);

        var second = Request("api.test", "");
        second.Http.Request.Headers.IfNoneMatch = tag;
        await second.WithAsync(Linked);
        Assert.Equal((304, ""), (second.Http.Response.StatusCode, second.Body));

        var elsewhere = Request("other.test", "");
        elsewhere.Http.Request.Headers.IfNoneMatch = tag;
        await elsewhere.WithAsync(Linked);
        Assert.Equal(200, elsewhere.Http.Response.StatusCode);
    }

    private static ResponseContext Request(string host, string pathBase) =>
        new("/docs") { Http = { Request = { Method = "GET", Headers = { Host = host }, PathBase = pathBase } } };
}

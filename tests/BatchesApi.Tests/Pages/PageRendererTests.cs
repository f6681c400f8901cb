using BatchesApi.Pages;

namespace BatchesApi.Tests.Pages;

public sealed class PageRendererTests
{
    [Fact]
    public async Task A_link_without_a_target_on_the_server_becomes_text() => Assert.Contains(
        "<p>See the <code>code</code> and <a href=\"/docs/errors\">errors</a>.</p>",
        await RenderAsync("# Title\n\nSee the [`code`](../src/a.cs) and [errors](errors.md)."),
        StringComparison.Ordinal);

    [Fact]
    public async Task An_anchor_above_a_heading_becomes_its_identifier()
    {
        var page = await RenderAsync("# Title\n\nText.\n\n<a id=\"short\"></a>\n## 1. Long title\n\n### With `code`");

        Assert.Contains(
            "<h2 id=\"short\">1. Long title</h2>\n<h3 id=\"with-code\">With <code>code</code></h3>",
            page,
            StringComparison.Ordinal);
        Assert.DoesNotContain("<a id", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_title_is_the_first_heading() => Assert.Contains(
        "<title>Use &lt;p&gt; &amp; q · Batches API</title>", await RenderAsync("# Use `<p>` & q"), StringComparison.Ordinal);

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public async Task A_page_with_several_sections_has_a_table_of_contents(int sections, bool expected)
    {
        var page = await RenderAsync("# Title\n\n" + string.Join("\n\n", Enumerable.Range(1, sections).Select(n => $"## Section `{n}`")));

        Assert.Equal(expected, page.Contains("<a href=\"#section-1\">Section 1</a>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_scrolls_by_itself_without_inline_styles() => Assert.Contains(
        "<div class=\"scroll\"><table>\n<thead>\n<tr>\n<th scope=\"col\">a</th>",
        await RenderAsync("# Title\n\n| a | b |\n| ---: | :---: |\n| 1 | 2 |"),
        StringComparison.Ordinal);

    [Fact]
    public async Task The_navigation_marks_the_page_itself() => Assert.Contains(
        "<li><a href=\"/docs/errors\" aria-current=\"page\">Errors</a></li>", await RenderAsync("# Title"), StringComparison.Ordinal);

    private static async Task<string> RenderAsync(string markdown) =>
        (await new ResponseContext("/docs/errors").WithAsync(PageRenderer.Render(markdown, "/docs/errors", "docs/errors.md"))).Body;
}

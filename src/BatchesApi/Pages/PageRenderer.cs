using System.Text.RegularExpressions;
using BatchesApi.OpenApi;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace BatchesApi.Pages;

/// <summary>Renders Markdown as a page.</summary>
internal static partial class PageRenderer
{
    /// <summary>The smallest number of sections with which a page gets a table of contents.</summary>
    private const int MinSections = 3;

    /// <summary>Identifiers are those of GitHub, so that anchors work in both places.</summary>
    private static readonly MarkdownPipeline Markdown =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    /// <param name="markdown">The text, which begins with a heading.</param>
    /// <param name="path">The path of the page.</param>
    /// <param name="source">The file to which links in the text are relative.</param>
    public static Page Render(string markdown, string path, string source = Guide.Index)
    {
        var document = Parse(markdown, source);
        var title = WriteText(((HeadingBlock)document[0]).Inline!);
        return new Page(Page.Html, Placeholder().Replace(Resource.Read("pages/layout.html"), match => match.ValueSpan switch
        {
            "{base}" => Page.PathBase,
            "{title}" => title == OpenApiSetup.Title ? title : $"{title} · {OpenApiSetup.Title}",
            "{content}" => WriteHtml(document),
            "{contents}" => WriteContents(document),
            _ => WriteNavigation(path),
        }));
    }

    private static MarkdownDocument Parse(string markdown, string source)
    {
        var document = Markdig.Markdown.Parse(markdown, Markdown);
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            link.Url = Guide.ResolveLink(source, link.Url!);
            if (link.Url is null)
                link.ReplaceBy(new ContainerInline(), copyChildren: true);
        }
        foreach (var column in document.Descendants<Table>().SelectMany(table => table.ColumnDefinitions))
        {
            // Alignment becomes a style attribute, which the content security policy forbids.
            column.Alignment = null;
        }
        foreach (var heading in document.OfType<HeadingBlock>().ToList())
            MoveAnchor(document, heading);
        return document;
    }

    /// <summary>Makes an anchor above a heading, such as <c>&lt;a id="text"&gt;&lt;/a&gt;</c>, the identifier of the heading.</summary>
    private static void MoveAnchor(MarkdownDocument document, HeadingBlock heading)
    {
        var index = document.IndexOf(heading);
        if (index == 0 || document[index - 1] is not ParagraphBlock { Inline.FirstChild: HtmlInline { Tag: var tag } } anchor)
            return;
        heading.GetAttributes().Id = Anchor().Match(tag).Groups["id"].Value;
        document.Remove(anchor);
    }

    private static string WriteHtml(MarkdownDocument document) => document.ToHtml(Markdown)
        .Replace("<table>", "<div class=\"scroll\"><table>", StringComparison.Ordinal)
        .Replace("</table>", "</table></div>", StringComparison.Ordinal)
        .Replace("<th>", "<th scope=\"col\">", StringComparison.Ordinal);

    private static string WriteContents(MarkdownDocument document)
    {
        var sections = document.OfType<HeadingBlock>().Where(heading => heading.Level is 2 or 3).ToList();
        return sections.Count < MinSections
            ? ""
            : WriteList(
                "On this page",
                sections.Select(heading => $"<li class=\"level-{heading.Level}\">"
                    + $"<a href=\"#{heading.GetAttributes().Id}\">{WriteText(heading.Inline!)}</a></li>"));
    }

    /// <summary>Writes the links of the index. The link to the page itself is marked.</summary>
    private static string WriteNavigation(string path)
    {
        var index = Parse(Resource.Read(Guide.Index), Guide.Index);
        return string.Concat(index.Zip(index.Skip(1))
            .Where(pair => pair is (HeadingBlock, ListBlock))
            .Select(pair => WriteList(
                WriteText(((HeadingBlock)pair.First).Inline!),
                ((ListBlock)pair.Second).Select(item => WriteLink(((ListItemBlock)item).Descendants<LinkInline>().First(), path)))));
    }

    private static string WriteLink(LinkInline link, string path)
    {
        var current = link.Url == $"{Page.PathBase}{path}" ? " aria-current=\"page\"" : "";
        return $"<li><a href=\"{link.Url}\"{current}>{WriteText(link)}</a></li>";
    }

    private static string WriteList(string title, IEnumerable<string> items) =>
        $"<h2>{title}</h2>\n<ul>\n{string.Join('\n', items)}\n</ul>\n";

    /// <summary>Writes text without markup, encoded for HTML.</summary>
    private static string WriteText(ContainerInline content)
    {
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer) { EnableHtmlForInline = false };
        renderer.WriteChildren(content);
        return writer.ToString();
    }

    [GeneratedRegex("""^<a id="(?<id>[^"]+)">$""")]
    private static partial Regex Anchor();

    [GeneratedRegex("{[a-z]+}")]
    private static partial Regex Placeholder();
}

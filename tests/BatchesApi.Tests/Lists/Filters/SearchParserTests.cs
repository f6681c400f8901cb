using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists.Filters;

public sealed class SearchParserTests
{
    private readonly ValidationErrors _errors = new();

    [Theory]
    [InlineData("amy", "\"amy\"")]
    [InlineData("  renewal   quarter ", "\"renewal\" \"quarter\"")]
    [InlineData("Amy amy", "\"Amy\" \"amy\"")]

    // A phrase is one term, white space and all.
    [InlineData("\"first quarter\"", "\"first quarter\"")]
    [InlineData("\" first  quarter \" x", "\" first  quarter \" \"x\"")]
    [InlineData("\"amy\"", "\"amy\"")]
    [InlineData("\" \"", "\" \"")]
    [InlineData("\"a\tb\"\t\"c\"", "\"a\tb\" \"c\"")]

    // A minus before a term excludes it.
    [InlineData("-amy", "-\"amy\"")]
    [InlineData("renewal -urgent -\"first quarter\"", "\"renewal\" -\"urgent\" -\"first quarter\"")]
    [InlineData("--amy", "-\"-amy\"")]
    [InlineData("\"-amy\"", "\"-amy\"")]
    [InlineData("-\"-amy\"", "-\"-amy\"")]

    // Before white space, or the end, it is a term itself.
    [InlineData("-", "\"-\"")]
    [InlineData("- amy -", "\"-\" \"amy\" \"-\"")]
    [InlineData("--", "-\"-\"")]
    [InlineData("-- amy", "-\"-\" \"amy\"")]

    // Elsewhere quotes and minuses are ordinary characters.
    [InlineData("5\" pipe\"", "\"5\"\" \"pipe\"\"")]
    [InlineData("a\"b c\"d", "\"a\"b\" \"c\"d\"")]
    [InlineData("-5\"", "-\"5\"\"")]
    [InlineData("e-mail -e-mail x-", "\"e-mail\" -\"e-mail\" \"x-\"")]
    [InlineData("\u201Camy b\u201D \u2212x", "\"\u201Camy\" \"b\u201D\" \"\u2212x\"")]

    // And so is everything else.
    [InlineData("50%_\\ 'x' a:b|c,d *? (a) +b a&b ~ ^ $", "\"50%_\\\" \"'x'\" \"a:b|c,d\" \"*?\" \"(a)\" \"+b\" \"a&b\" \"~\" \"^\" \"$\"")]
    [InlineData("\"a\\\" b", "\"a\\\" \"b\"")]
    [InlineData("\U0001F600 -\U0001F600", "\"\U0001F600\" -\"\U0001F600\"")]
    [InlineData("\u0001 \u200B\uFEFF", "\"\u0001\" \"\u200B\uFEFF\"")]
    public void Terms_are_read(string q, string terms)
    {
        Assert.Equal(terms, string.Join(' ', Read(q)));
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData('\t')]
    [InlineData('\n')]
    [InlineData('\v')]
    [InlineData('\f')]
    [InlineData('\r')]
    [InlineData(' ')]
    [InlineData('\u0085')]
    [InlineData('\u00A0')]
    [InlineData('\u1680')]
    [InlineData('\u2000')]
    [InlineData('\u200A')]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\u202F')]
    [InlineData('\u205F')]
    [InlineData('\u3000')]
    public void White_space_of_every_kind_separates(char space)
    {
        Assert.Equal("\"a\" -\"b\" \"-\" \"c d\" \"e\"", string.Join(' ', Read($"{space}a{space}{space}-b{space}-{space}\"c d\"{space}e{space}")));
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData(" \t\r\n\u00A0\u3000")]
    public void White_space_alone_asks_for_nothing(string q)
    {
        Assert.Empty(Read(q));
        Assert.Empty(_errors);
    }

    [Fact]
    public void Without_the_parameter_nothing_is_searched()
    {
        Assert.Empty(SearchParser.Parse(null, _errors));
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("\"", "at character 1 opens a double quote that is never closed.")]
    [InlineData("\"amy", "at character 1 opens a double quote that is never closed.")]
    [InlineData("a \"b\" -\"c d", "at character 8 opens a double quote that is never closed.")]
    [InlineData("\"\"", "at character 1 is a phrase with nothing in it.")]
    [InlineData("a -\"\"", "at character 4 is a phrase with nothing in it.")]
    [InlineData("\"a\"b", "at character 4 goes on after a closing quote, where white space should be, or the end.")]
    [InlineData("\"a\"-b", "at character 4 goes on after a closing quote, where white space should be, or the end.")]
    [InlineData("\"a\"\"b\"", "at character 4 goes on after a closing quote, where white space should be, or the end.")]
    [InlineData("\"a \\\"b\\\" c\"", "at character 6 goes on after a closing quote, where white space should be, or the end.")]

    // A character is a code point, and the fault is where it begins.
    [InlineData("\U0001F600 \"\U0001F600\"\U0001F600", "at character 6 goes on after a closing quote, where white space should be, or the end.")]
    [InlineData("e\u0301 \u3000 \"b", "at character 6 opens a double quote that is never closed.")]

    // Every fault is told.
    [InlineData("\"\"x \"y", "at character 1 is a phrase with nothing in it.",
        "at character 3 goes on after a closing quote, where white space should be, or the end.", "at character 5 opens a double quote that is never closed.")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 -eleven 12 13", "at character 22 is one term too many: there may be 10.")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 \"\"", "at character 22 is a phrase with nothing in it.", "at character 22 is one term too many: there may be 10.")]
    public void Every_fault_tells_where_it_is(string q, params string[] messages)
    {
        Read(q);
        Assert.Equal(messages.Select(message => $"Q {message}"), _errors.Lines());
    }

    [Fact]
    public void What_no_batch_can_hold_is_refused()
    {
        foreach (var q in (string[])["a\0b", "\0", "\ud83d", "\ude00\ud83d", "a -\"\ud800\" b", "\"\ud800"])
        {
            var errors = new ValidationErrors();
            Assert.Empty(SearchParser.Parse(new QueryParameter("Q", q), errors));
            Assert.Equal(["Q must not contain U+0000 or an unpaired surrogate."], errors.Lines());
        }
    }

    [Fact]
    public void There_may_be_200_characters()
    {
        Assert.Equal(new string('a', 200), Assert.Single(Read(new string('a', 200))).Text);
        Assert.Equal(200, Read(string.Concat(Enumerable.Repeat("\U0001F600", 200))).Single().Text.EnumerateRunes().Count());
        Assert.Empty(_errors);

        // White space counts, and so do quotes and minuses, for it is the parameter that is bounded.
        Assert.Empty(Read($"-\"{new string('a', 197)}\" "));
        Assert.Equal(["Q must not be longer than 200 characters, but has 201."], _errors.Lines());
    }

    [Fact]
    public void There_may_be_10_terms()
    {
        Assert.Equal(10, Read("1 2 -3 \"4\" 5 6 7 8 9 -\"10\"").Count);
        Assert.Empty(_errors);
    }

    private IReadOnlyList<TermFilter> Read(string q) => SearchParser.Parse(new QueryParameter("Q", q), _errors);
}

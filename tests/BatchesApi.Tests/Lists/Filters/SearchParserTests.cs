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

    // A phrase is one term, including its white space.
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

    // Before white space or at the end, a minus is a term itself.
    [InlineData("-", "\"-\"")]
    [InlineData("- amy -", "\"-\" \"amy\" \"-\"")]
    [InlineData("--", "-\"-\"")]
    [InlineData("-- amy", "-\"-\" \"amy\"")]

    // Elsewhere, quotes and minuses are ordinary characters.
    [InlineData("5\" pipe\"", "\"5\"\" \"pipe\"\"")]
    [InlineData("a\"b c\"d", "\"a\"b\" \"c\"d\"")]
    [InlineData("-5\"", "-\"5\"\"")]
    [InlineData("e-mail -e-mail x-", "\"e-mail\" -\"e-mail\" \"x-\"")]
    [InlineData("\u201Camy b\u201D \u2212x", "\"\u201Camy\" \"b\u201D\" \"\u2212x\"")]

    // All other characters are ordinary.
    [InlineData("50%_\\ 'x' a:b|c,d *? (a) +b a&b ~ ^ $", "\"50%_\\\" \"'x'\" \"a:b|c,d\" \"*?\" \"(a)\" \"+b\" \"a&b\" \"~\" \"^\" \"$\"")]
    [InlineData("\"a\\\" b", "\"a\\\" \"b\"")]
    [InlineData("\U0001F600 -\U0001F600", "\"\U0001F600\" -\"\U0001F600\"")]
    [InlineData("\u0001 \u200B\uFEFF", "\"\u0001\" \"\u200B\uFEFF\"")]
    public void Terms_are_parsed(string q, string terms)
    {
        Assert.Equal(terms, string.Join(' ', Parse(q)));
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
    public void Terms_are_separated_by_white_space_of_any_kind(char space)
    {
        Assert.Equal(
            "\"a\" -\"b\" \"-\" \"c d\" \"e\"",
            string.Join(' ', Parse($"{space}a{space}{space}-b{space}-{space}\"c d\"{space}e{space}")));
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData(" \t\r\n\u00A0\u3000")]
    public void White_space_alone_has_no_terms(string q)
    {
        Assert.Empty(Parse(q));
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_missing_parameter_has_no_terms()
    {
        Assert.Empty(SearchParser.Parse(null, _errors));
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("\"", "unclosed double quote at character 1.")]
    [InlineData("\"amy", "unclosed double quote at character 1.")]
    [InlineData("a \"b\" -\"c d", "unclosed double quote at character 8.")]
    [InlineData("\"\"", "empty phrase at character 1.")]
    [InlineData("a -\"\"", "empty phrase at character 4.")]
    [InlineData("\"a\"b", "expected white space after the closing quote at character 4.")]
    [InlineData("\"a\"-b", "expected white space after the closing quote at character 4.")]
    [InlineData("\"a\"\"b\"", "expected white space after the closing quote at character 4.")]
    [InlineData("\"a \\\"b\\\" c\"", "expected white space after the closing quote at character 6.")]

    // A character is a code point.
    [InlineData("\U0001F600 \"\U0001F600\"\U0001F600", "expected white space after the closing quote at character 6.")]
    [InlineData("e\u0301 \u3000 \"b", "unclosed double quote at character 6.")]

    // All errors are reported.
    [InlineData("\"\"x \"y", "empty phrase at character 1.",
        "expected white space after the closing quote at character 3.", "unclosed double quote at character 5.")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 -eleven 12 13",
        "too many terms at character 22. The maximum is 10. Words in double quotes are one term.")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 \"\"", "empty phrase at character 22.",
        "too many terms at character 22. The maximum is 10. Words in double quotes are one term.")]
    public void Errors_have_the_position_of_their_character(string q, params string[] messages)
    {
        Parse(q);
        Assert.Equal(messages.Select(message => $"Q {message}"), _errors.Lines());
    }

    [Theory]
    [InlineData("\u0301")]
    [InlineData("-\u0640")]
    [InlineData("\u200B \"\u00AD\uFEFF\" -\u202E\u0E31")]
    [InlineData("\U000E0041")]
    public void Terms_that_folding_removes_are_an_error(string q)
    {
        Parse(q);
        Assert.Equal(["Q nothing to search for at character 1. Marks, tatweel and invisible characters are ignored."], _errors.Lines());
    }

    [Theory]
    [InlineData("\u0301 a")]
    [InlineData("a -\u200B")]
    [InlineData("\u00B4")]
    [InlineData("\u0378")]
    [InlineData("\u0600")]
    [InlineData("\" \"")]
    public void Terms_are_searched_if_a_character_of_one_may_remain(string q)
    {
        Assert.NotEmpty(Parse(q));
        Assert.Empty(_errors);
    }

    [Fact]
    public void Text_that_cannot_be_stored_is_rejected()
    {
        foreach (var q in (string[])["a\0b", "\0", "\ud83d", "\ude00\ud83d", "a -\"\ud800\" b", "\"\ud800"])
        {
            var errors = new ValidationErrors();
            Assert.Empty(SearchParser.Parse(new QueryParameter("Q", q), errors));
            Assert.Equal(["Q must not contain U+0000 or an unpaired surrogate."], errors.Lines());
        }
    }

    [Fact]
    public void The_maximum_length_is_200_characters()
    {
        Assert.Equal(new string('a', 200), Assert.Single(Parse(new string('a', 200))).Text);
        Assert.Equal(200, Parse(string.Concat(Enumerable.Repeat("\U0001F600", 200))).Single().Text.EnumerateRunes().Count());
        Assert.Empty(_errors);

        // White space, quotes and minuses count too.
        Assert.Empty(Parse($"-\"{new string('a', 197)}\" "));
        Assert.Equal(["Q too long: 201 characters. The maximum is 200."], _errors.Lines());
    }

    [Fact]
    public void The_maximum_is_10_terms()
    {
        Assert.Equal(10, Parse("1 2 -3 \"4\" 5 6 7 8 9 -\"10\"").Count);
        Assert.Empty(_errors);
    }

    private IReadOnlyList<TermFilter> Parse(string q) => SearchParser.Parse(new QueryParameter("Q", q), _errors);
}

using System.Globalization;
using System.Text;
using Npgsql;

namespace BatchesApi.ApiTests.Search;

/// <summary>The database function <c>search_normalize</c>, which folds texts and terms, compared with the specification.</summary>
public sealed class SearchFoldTests(ApiServer server)
{
    /// <summary>The number of ASCII characters, which the function folds separately.</summary>
    private const int CodePointsInText = 128;

    private const int TextsInStatement = 64;

    /// <summary>The maximum number of characters missing in the older Unicode version of either side, of 290,000.</summary>
    private const int MaxUnknown = 200;

    [Fact]
    public async Task Every_character_is_folded_as_specified()
    {
        var characters = Enumerable.Range(1, 0x10FFFF)
            .Where(Rune.IsValid)
            .Select(value => new Rune(value))
            .Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned)
            .GroupBy(rune => rune.Value / CodePointsInText);
        var (different, all) = (new List<Rune>(), 0);
        foreach (var groups in characters.Chunk(TextsInStatement))
        {
            var texts = groups.Select(group => string.Join('\n', group.Select(Between))).ToArray();
            var folded = await EvaluateAsync("search_normalize(t)", texts);
            foreach (var (i, group) in groups.Index())
            {
                all += group.Count();
                if (folded[i] != Expected(texts[i]))
                    different.AddRange(await DifferentAsync([.. group]));
            }
        }

        var unknown = await UnknownAsync(different);
        Assert.Empty(different.Except(unknown).Select(rune => $"U+{rune.Value:X4}"));
        Assert.InRange(unknown.Count, 0, MaxUnknown);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all} characters, {unknown.Count} of which one side does not know.");
    }

    [Theory]
    [InlineData("", " ")]
    [InlineData("a b", " a  b")]
    [InlineData(" a  b ", "   a    b  ")]
    [InlineData("a\tb c\r\nd", " a\t b  c\r \n d")]
    [InlineData("a\u00A0b\u2003c\u3000d", " a  b  c  d")]
    [InlineData("a\u2028b\u0085c\u1680d", " a\u2028 b\u0085 c\u1680 d")]
    [InlineData("\t", " \t ")]
    [InlineData("a\u200Bb\u2060c\u180Ed", " abcd")]
    [InlineData("\u202Aa\u00ADb\u061Cc\uFEFFd\u2069\U000E0041", " abcd")]
    [InlineData("\u0600\uFFF9", " \u0600\uFFF9")]
    [InlineData("\u6771\u4EAC", " \u6771 \u4EAC")]
    [InlineData("\u6771 \u4EAC\u3000\u90FD", " \u6771  \u4EAC  \u90FD")]
    [InlineData("a\u6771b\t\u4EAC", " a \u6771b\t \u4EAC")]
    [InlineData("\uFF76\uFF9E\uFF70\u3005\u3006\u3007\u30FB", " \u30AB \u30FC \u3005 \u3006 \u3007\u30FB")]
    [InlineData("\u0E44\u0E17\u0E22\u0E33\u0E3F", " \u0E44 \u0E17 \u0E22 \u0E32\u0E3F")]
    [InlineData("\uAC01\uAC00", " \u1100\u1161\u11A8\u1100\u1161")]
    [InlineData("\U00020000\U0002F800\U0003134A", " \U00020000 \u4E3D \U0003134A")]
    [InlineData("\u00B4", "   ")]
    [InlineData("Re\u0301sum\u00C9 \uFB01le", " resume  file")]
    [InlineData("\u039F\u0394\u039F\u03A3 \u03BF\u03B4\u03CC\u03C2", " \u03BF\u03B4\u03BF\u03C3  \u03BF\u03B4\u03BF\u03C3")]
    [InlineData("\u0130I\u0131", " ii\u0131")]
    [InlineData("\u0671\u0644\u0631\u0651\u064E\u062D\u0652\u0645\u0640\u0640\u0670\u0646", " \u0627\u0644\u0631\u062D\u0645\u0646")]
    [InlineData("\u0301\u0640", " ")]
    public async Task Folded_text_has_a_space_before_each_word(string text, string folded)
    {
        Assert.Equal(folded, Assert.Single(await EvaluateAsync("search_normalize(t)", [text])));
        Assert.Equal(folded, Expected(text));
    }

    private static string Between(Rune rune) => $"A{rune}B";

    /// <summary>The folded text with a space before each word, and after each white space.</summary>
    private static string Expected(string text)
    {
        var folded = SearchSemantics.Fold(text);
        var expected = new StringBuilder();
        for (var i = 0; i < folded.Length; i++)
            expected.Append(SearchSemantics.BeginsWord(folded, i) ? " " : "").Append(folded[i]);
        return expected.Append(folded.Length == 0 || char.IsWhiteSpace(folded[^1]) ? " " : "").ToString();
    }

    private async Task<IEnumerable<Rune>> DifferentAsync(IReadOnlyList<Rune> runes)
    {
        var folded = await EvaluateAsync("search_normalize(t)", [.. runes.Select(Between)]);
        return runes.Where((rune, i) => folded[i] != Expected(Between(rune)));
    }

    /// <summary>The characters for which only one of PostgreSQL and .NET has a decomposition or a lower case, because the other's Unicode
    /// version is older.</summary>
    private async Task<List<Rune>> UnknownAsync(IReadOnlyList<Rune> runes)
    {
        string[] texts = [.. runes.Select(rune => rune.ToString())];
        var decomposed = await EvaluateAsync("normalize(t, NFKD)", texts);
        var lower = await EvaluateAsync("lower(t COLLATE \"und-x-icu\")", texts);
        return [.. runes.Where((rune, i) =>
            IsUnknown(texts[i], decomposed[i], texts[i].Normalize(NormalizationForm.FormKD))
            || IsUnknown(texts[i], lower[i], Rune.ToLowerInvariant(rune).ToString()))];
    }

    private static bool IsUnknown(string text, string one, string other) => one != other && (one == text || other == text);

    private async Task<List<string>> EvaluateAsync(string expression, string[] texts)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            $"SELECT {expression} FROM unnest($1) WITH ORDINALITY AS u(t, n) ORDER BY n", connection)
        {
            Parameters = { new() { Value = texts } },
        };
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var responses = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            responses.Add(reader.GetString(0));
        return responses;
    }
}

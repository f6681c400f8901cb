using System.Globalization;
using System.Text;
using Npgsql;

namespace BatchesApi.ApiTests.Search;

/// <summary>Terms in texts of several scripts: the database functions compared with the specification (section 3.8) for 10,000 terms. The
/// searches over HTTP are in <see cref="SearchPropertyTests"/>.</summary>
public sealed class SearchScriptTests(ApiServer server)
{
    /// <summary>The number of texts of a script.</summary>
    private const int Texts = 150;

    /// <summary>The number of terms of a script.</summary>
    private const int Terms = 1_670;

    private const int MaxTextLength = 14;
    private const int MaxTermLength = 6;

    /// <summary>Removed by folding: zero-width characters, direction marks, marks, and tatweel.</summary>
    private static readonly string[] Removed =
        ["\u00AD", "\u061C", "\u200B", "\u200C", "\u200D", "\u200F", "\u202B", "\u2060", "\uFEFF", "\u0301", "\u064E", "\u0E31", "\u0640"];

    private static readonly string[] Spaces = [" ", " ", " ", "\u3000", "\u00A0", "\t", "\n", "\u2028", "\u0085", "\u1680"];

    private static readonly string[] Han = Split("東京支店都市時々〆〇﨎㐀𠀀𠀁丽⽇㍿");

    private static readonly string[] Kana = Split("がかカガｶﾞﾊﾟーｰんンァァゝヽㇰ・ｱあぱ");

    private static readonly string[] SouthEastAsian = Split(
        "\u0E01\u0E19\u0E33\u0E49\u0E44\u0E17\u0E22\u0E2F\u0E51\u0E3F\u0EA5\u0EB2\u0EA7\u0EAB\u0EDC\u0EB3\u0ED1"
        + "\u1780\u1781\u17C6\u17D2\u17E1\u19E0\u1019\u103C\u1014\u103A\u102C\u1041\uAA60\uA9E0");

    private static readonly string[] Arabic = Split("محدأاإآٱعقويةهـَُّﷺﻷﻣ٢");

    private static readonly string[] Latin = Split("aAbBéÉeßẞﬁiİıłŁøñ½5%_\\-σςΣΟδ가각힣");

    public static TheoryData<string, string[], int> Alphabets => new()
    {
        { "Han", Han, 1 },
        { "Kana", Kana, 2 },
        { "Thai, Lao, Khmer, Myanmar", SouthEastAsian, 3 },
        { "Arabic", Arabic, 4 },
        { "Latin, Greek, Hangul", Latin, 5 },
        { "all", [.. Han, .. Kana, .. SouthEastAsian, .. Arabic, .. Latin], 6 },
    };

    [Theory]
    [MemberData(nameof(Alphabets))]
    public async Task Terms_match_texts_of_every_script_as_specified(string script, string[] alphabet, int seed)
    {
        var random = new Random(seed);
        var texts = Enumerable.Range(0, Texts).Select(_ => Text(random, alphabet)).ToArray();
        var terms = Enumerable.Range(0, Terms).Select(_ => Term(random, texts, alphabet)).ToArray();

        var found = await FindAsync(texts, terms);

        var different = new List<string>();
        var some = 0;
        foreach (var (i, term) in terms.Index())
        {
            var expected = Enumerable.Range(0, Texts).Where(j => SearchSemantics.Has(texts[j], term)).ToHashSet();
            some += expected.Count is > 0 and < Texts ? 1 : 0;
            expected.SymmetricExceptWith(found[i]);
            different.AddRange(expected.Select(
                j => $"{Escape(term)} in {Escape(texts[j])}: {(found[i].Contains(j) ? "found" : "missing")}"));
        }
        Assert.Empty(different.Take(20));
        Assert.True(some * 2 > Terms, $"Only {some} of {Terms} terms in {script} occur in some texts.");
    }

    private static string Text(Random random, string[] alphabet)
    {
        var text = new StringBuilder();
        for (var length = random.Next(1, MaxTextLength); length > 0; length--)
            text.Append(Pick(random, random.Next(8) switch { 0 => Removed, 1 or 2 => Spaces, _ => alphabet }));
        return text.ToString();
    }

    /// <summary>Mostly a part of a text, unchanged or varied.</summary>
    private static string Term(Random random, string[] texts, string[] alphabet)
    {
        var runes = Pick(random, texts).EnumerateRunes().ToList();
        var start = random.Next(runes.Count);
        var term = string.Concat(runes.Skip(start).Take(random.Next(1, MaxTermLength + 1)));
        return random.Next(10) switch
        {
            0 => $"{term}{Pick(random, Removed)}",
            1 => $"{Pick(random, Removed)}{term}",
            2 => $"{term}{Pick(random, Spaces)}",
            3 => $"{Pick(random, Spaces)}{term}",
            4 => $"{term}{Pick(random, alphabet)}",
            5 => term.ToUpper(CultureInfo.InvariantCulture),
            6 => term.Normalize(NormalizationForm.FormKC),
            7 => string.Concat(term.Where(c => !char.IsWhiteSpace(c))),
            _ => term,
        };
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    private static string[] Split(string characters) => [.. characters.EnumerateRunes().Select(rune => rune.ToString())];

    private static string Escape(string text) => string.Concat(text.EnumerateRunes().Select(rune => $"<{rune.Value:X}>"));

    /// <summary>The indexes of the texts that each term matches.</summary>
    private async Task<HashSet<int>[]> FindAsync(string[] texts, string[] terms)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            """
            WITH texts AS MATERIALIZED (SELECT n, search_normalize(t) AS folded FROM unnest($1) WITH ORDINALITY AS u (t, n)),
                terms AS MATERIALIZED (SELECT n, search_like_pattern(t) AS pattern FROM unnest($2) WITH ORDINALITY AS u (t, n))
            SELECT (terms.n - 1)::int, (texts.n - 1)::int FROM texts JOIN terms ON texts.folded COLLATE "C" LIKE terms.pattern
            """, connection)
        {
            Parameters = { new() { Value = texts }, new() { Value = terms } },
        };
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var found = terms.Select(_ => new HashSet<int>()).ToArray();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            found[reader.GetInt32(0)].Add(reader.GetInt32(1));
        return found;
    }
}

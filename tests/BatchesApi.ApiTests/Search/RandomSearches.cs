using System.Globalization;
using CsCheck;

namespace BatchesApi.ApiTests.Search;

/// <summary>Random searches for parts of the texts of <see cref="RandomTexts"/> and for similar texts.</summary>
internal static class RandomSearches
{
    private const int MaxPieceLength = 12;

    /// <summary>The maximum length of <c>q</c>.</summary>
    private const int MaxLength = 200;

    /// <summary>Values of <c>q</c> with their terms.</summary>
    public static Gen<(string Q, IReadOnlyList<SearchTerm> Terms)> Terms { get; } =
        Gen.Select(
            Gen.Select(Pieces, Gen.Int[0, 4], Gen.Bool)
                .Select((text, excluded, mayBeWord) => Term(text, excluded == 0, mayBeWord)).Array[1, 3],
            Any([.. RandomTexts.Spaces]),
            Gen.Bool).Select((terms, space, isSpaced) =>
        {
            var q = string.Join(space, terms.Select(term => term.Written));
            return (Q: isSpaced ? $"{space}{q}{space}" : q, Terms: (IReadOnlyList<SearchTerm>)[.. terms.Select(term => term.Term)]);
        }).Where(search => search.Q.Length <= MaxLength && search.Terms.Any(term => SearchSemantics.Fold(term.Text).Length > 0));

    /// <summary>Conditions on text in <c>fields</c> and <c>p</c>: the field, whether it is <c>startsWith</c>, and the text.</summary>
    public static Gen<(string Field, bool AtStart, string Text)[]> Conditions { get; } = Gen.Select(
        Gen.Frequency(
            (3, Any("batchCode", "batchType", "manager", "assignee", "summary", "notes")),
            (1, Gen.Const("id"))),
        Gen.Frequency((2, Gen.Const(false)), (1, Gen.Const(true))),
        Gen.Frequency((20, Pieces), (1, Gen.Const(""))))
        .SelectMany(one => Gen.Frequency(
            (3, Gen.Const((IReadOnlyList<(string, bool, string)>)[one])),
            (1, Pieces.Select(other => (IReadOnlyList<(string, bool, string)>)[one, (one.Item1, false, other)]))))
        .Select(all => all.ToArray());

    /// <summary>Terms: words, ids and parts of texts, unchanged or varied.</summary>
    private static Gen<string> Pieces => Gen.Select(
        Gen.Frequency((3, Any(RandomTexts.Words)), (1, Any(RandomTexts.Ids)), (6, Parts)),
        Any<Func<string, string>>(
            text => text,
            text => text,
            text => text.ToUpper(CultureInfo.InvariantCulture),
            SearchSemantics.Fold,
            text => text.Insert(text.Length > 1 && char.IsHighSurrogate(text[0]) ? 2 : 1, "\u0301"),
            text => $"{text}\u0640",
            text => $"\u200F{text}\u200B")).Select((text, vary) => vary(text)).Where(text => text.Length > 0);

    /// <summary>Parts of texts, half of them with one or two characters.</summary>
    private static Gen<string> Parts =>
        Gen.Select(Any(RandomTexts.All), Gen.Double[0, 1], Gen.Frequency((1, Gen.Int[1, 2]), (1, Gen.Int[3, MaxPieceLength])))
        .Select((text, from, length) =>
        {
            var runes = text.EnumerateRunes().ToList();
            return string.Concat(runes.Skip((int)(from * runes.Count)).Take(length));
        })
        .Where(text => text.Length > 0);

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>A term and its notation in <c>q</c>: a word if possible, else a phrase without the quotes that a phrase cannot
    /// contain.</summary>
    private static (string Written, SearchTerm Term) Term(string text, bool isExcluded, bool mayBeWord)
    {
        var minus = isExcluded ? "-" : "";
        var isWord = !text.Any(char.IsWhiteSpace) && text[0] != '"' && (isExcluded || text[0] != '-' || text.Length == 1);
        if (isWord && (mayBeWord || text.Contains('"', StringComparison.Ordinal)))
            return (minus + text, new SearchTerm(text, isExcluded));
        var phrase = text.Replace('"', 'x');
        return ($"{minus}\"{phrase}\"", new SearchTerm(phrase, isExcluded));
    }
}

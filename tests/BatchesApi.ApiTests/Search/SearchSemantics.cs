using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using BatchesApi.Domain;

namespace BatchesApi.ApiTests.Search;

/// <summary>The specified semantics of <c>q</c> (section 3), independent of the server's code.</summary>
internal static class SearchSemantics
{
    private const char Tatweel = '\u0640';
    private const char AlefWasla = '\u0671';
    private const char Alef = '\u0627';
    private const char FinalSigma = '\u03C2';
    private const char Sigma = '\u03C3';

    /// <summary>The category M.</summary>
    private static readonly UnicodeCategory[] Marks =
        [UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark];

    /// <summary>The blocks of the scripts that are written without spaces, in the basic plane.</summary>
    private static readonly UnicodeRange[] UnspacedBlocks =
    [
        UnicodeRanges.Thai, UnicodeRanges.Lao, UnicodeRanges.Khmer, UnicodeRanges.KhmerSymbols,
        UnicodeRanges.Myanmar, UnicodeRanges.MyanmarExtendedA, UnicodeRanges.MyanmarExtendedB,
        UnicodeRanges.Hiragana, UnicodeRanges.Katakana, UnicodeRanges.KatakanaPhoneticExtensions,
        UnicodeRanges.CjkRadicalsSupplement, UnicodeRanges.CjkUnifiedIdeographs, UnicodeRanges.CjkUnifiedIdeographsExtensionA,
        UnicodeRanges.CjkCompatibilityIdeographs,
    ];

    /// <summary>Characters of these blocks that are of no script: the baht sign, the double hyphen and the middle dot.</summary>
    private static readonly int[] SharedSigns = ['\u0E3F', '\u30A0', '\u30FB'];

    private static readonly ConcurrentDictionary<string, string> Folded = new(StringComparer.Ordinal);

    /// <summary>Folds a text: NFKD, marks and invisible characters removed, lower case, tatweel removed, alef wasla to alef, and final
    /// sigma, into which lower-casing may turn a sigma, to sigma.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder();
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (!Marks.Contains(Rune.GetUnicodeCategory(rune)) && !IsInvisible(rune))
                folded.Append(Rune.ToLowerInvariant(rune));
        }
        return folded.Replace($"{Tatweel}", "").Replace(AlefWasla, Alef).Replace(FinalSigma, Sigma).ToString();
    }

    /// <summary>Whether a text has a term. A term of one or two characters matches only where a word begins, and a term without characters
    /// nowhere.</summary>
    public static bool Has(string? text, string term)
    {
        if (text is null)
            return false;
        var (folded, wanted) = (Once(text), Once(term));
        if (wanted.Length == 0 || !folded.Contains(wanted, StringComparison.Ordinal))
            return false;
        return wanted.EnumerateRunes().Count() > 2 || Enumerable.Range(0, folded.Length).Any(i =>
            folded.AsSpan(i).StartsWith(wanted, StringComparison.Ordinal) && BeginsWord(folded, i));
    }

    /// <summary>Whether a word begins at an index of a folded text: at its start, after white space, and at each character of a script
    /// that is written without spaces.</summary>
    public static bool BeginsWord(string folded, int index) => index == 0
        || char.IsWhiteSpace(folded[index - 1])
        || (Rune.TryGetRuneAt(folded, index, out var rune) && IsUnspaced(rune));

    /// <summary>Whether a folded character is of a script that is written without spaces.</summary>
    private static bool IsUnspaced(Rune rune) => rune.Value switch
    {
        // Repetition and closing marks, the zero and the numerals of Han.
        >= 0x3000 and <= 0x303F => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber,
        >= 0x116D0 and <= 0x116FF => true,
        0x16FE2 or 0x16FE3 => true,
        >= 0x1AFF0 and <= 0x1B16F => true,
        >= 0x20000 and <= 0x3FFFF => true,
        var value => !SharedSigns.Contains(value)
            && UnspacedBlocks.Any(block => value >= block.FirstCodePoint && value < block.FirstCodePoint + block.Length),
    };

    /// <summary>Whether a character is of the category Cf, except signs of Arabic, Egyptian and others that are visible, and marks
    /// of annotations.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format && rune.Value
        is not ((>= 0x0600 and <= 0x0605) or 0x06DD or 0x070F or 0x0890 or 0x0891 or 0x08E2 or (>= 0xFFF9 and <= 0xFFFB)
            or 0x110BD or 0x110CD or (>= 0x13430 and <= 0x1343F));

    /// <summary>Whether a text contains a term, however short.</summary>
    public static bool Contains(string? text, string term) =>
        text is not null && Once(text).Contains(Once(term), StringComparison.Ordinal);

    /// <summary>Whether a text starts with a term.</summary>
    public static bool StartsWith(string? text, string term) =>
        text is not null && Once(text).StartsWith(Once(term), StringComparison.Ordinal);

    /// <summary>Whether a batch matches a term: a text contains it, or an id equals it, exactly or in lower case.</summary>
    public static bool Meets(Batch batch, SearchTerm term)
    {
        string?[] texts = [batch.BatchCode, batch.BatchType, batch.Manager, batch.Assignee, batch.Summary, batch.Notes];
        string[] ids = [batch.Id, .. batch.LeadIds, .. batch.OpportunityIds];
        var occurs = texts.Any(text => Has(text, term.Text)) || ids.Contains(term.Text) || ids.Contains(term.Text.ToLowerInvariant());
        return occurs != term.Excluded;
    }

    private static string Once(string text) => Folded.GetOrAdd(text, Fold);
}

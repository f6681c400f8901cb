using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
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

    private static readonly ConcurrentDictionary<string, string> Folded = new(StringComparer.Ordinal);

    /// <summary>Folds a text: NFKD, marks removed, lower case, tatweel removed, alef wasla to alef, and final sigma, into which
    /// lower-casing may turn a sigma, to sigma.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder();
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (!Marks.Contains(Rune.GetUnicodeCategory(rune)))
                folded.Append(Rune.ToLowerInvariant(rune));
        }
        return folded.Replace($"{Tatweel}", "").Replace(AlefWasla, Alef).Replace(FinalSigma, Sigma).ToString();
    }

    /// <summary>Whether a text has a term. Terms of one or two characters match only the beginning of a word.</summary>
    public static bool Has(string? text, string term)
    {
        if (text is null)
            return false;
        var (folded, wanted) = (Once(text), Once(term));
        if (wanted.EnumerateRunes().Count() is not (1 or 2))
            return folded.Contains(wanted, StringComparison.Ordinal);
        return Enumerable.Range(0, folded.Length).Any(i =>
            (i == 0 || char.IsWhiteSpace(folded[i - 1])) && folded.AsSpan(i).StartsWith(wanted, StringComparison.Ordinal));
    }

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

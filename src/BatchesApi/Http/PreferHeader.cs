using System.Text.RegularExpressions;

namespace BatchesApi.Http;

/// <summary>What a client would like but does not insist on: the header <c>Prefer</c> (RFC 7240).</summary>
internal static partial class PreferHeader
{
    /// <summary>The header in which a client states its preferences.</summary>
    public const string Header = "Prefer";

    /// <summary>The header that tells which were heeded (RFC 7240, section 3).</summary>
    public const string AppliedHeader = "Preference-Applied";

    /// <summary>The preference to be told how a list was found.</summary>
    public const string Explain = "explain";

    /// <summary>Whether the request prefers to be told how the list was found.</summary>
    public static bool WantsExplanation(HttpRequest request) => request.Headers[Header].Any(header =>
        QuotedString().Replace(header!, "").Split(',').Any(preference => preference.Split('=', ';')[0].Trim().Equals(Explain, StringComparison.OrdinalIgnoreCase)));

    /// <summary>A value in quotes, in which commas do not separate.</summary>
    [GeneratedRegex("""
        "(\\.|[^"\\])*"
        """, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedString();
}

using System.Text.RegularExpressions;

namespace BatchesApi.Http;

/// <summary>The header <c>Prefer</c> (RFC 7240), which ASP.NET Core does not parse.</summary>
internal static partial class PreferHeader
{
    public const string Header = "Prefer";

    /// <summary>The response header with the preferences that were applied (RFC 7240, section 3).</summary>
    public const string AppliedHeader = "Preference-Applied";

    /// <summary>The preference for a query explanation.</summary>
    public const string Explain = "explain";

    public static bool WantsExplanation(HttpRequest request) =>
        request.Headers[Header].Any(header => QuotedString().Replace(header!, "").Split(',').Any(IsExplain));

    private static bool IsExplain(string preference) =>
        preference.Split('=', ';')[0].Trim().Equals(Explain, StringComparison.OrdinalIgnoreCase);

    /// <summary>A quoted value, in which commas do not separate preferences.</summary>
    [GeneratedRegex("""
        "(\\.|[^"\\])*"
        """, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedString();
}

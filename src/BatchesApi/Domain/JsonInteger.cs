using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.Domain;

/// <summary>Integers in any JSON notation: 4, 4.0, 40e-1 and 0.4e1 are equal.</summary>
internal static partial class JsonInteger
{
    /// <summary>A number with more digits is out of the range of every field, so its exact value does not matter.</summary>
    private const int MaxDigits = 18;

    /// <summary>An integer with no more digits is finite in binary64.</summary>
    private const int MaxFiniteDigits = 300;

    private const long Overflow = 1_000_000_000_000_000_000;

    /// <summary>Parses a number exactly, regardless of its size.</summary>
    /// <returns>The number, limited to ±10¹⁸; null if the text is not a JSON number, not an integer, or infinite
    /// in binary64, the arithmetic of most JSON clients.</returns>
    public static long? Parse(string text)
    {
        var match = Grammar().Match(text);
        if (!match.Success)
            return null;
        var fraction = match.Groups["fraction"].Value;
        var digits = $"{match.Groups["whole"].ValueSpan}{fraction}".TrimStart('0');
        if (digits.Length == 0)
            return 0;

        var significant = digits.TrimEnd('0');
        var zeros = Exponent(match.Groups["exponent"].Value) - fraction.Length + (digits.Length - significant.Length);
        if (zeros < 0)
            return null;
        if (significant.Length + zeros > MaxFiniteDigits && double.IsInfinity(double.Parse(text, CultureInfo.InvariantCulture)))
            return null;
        var number = significant.Length + zeros > MaxDigits
            ? Overflow
            : long.Parse(significant, CultureInfo.InvariantCulture) * (long)Math.Pow(10, zeros);
        return match.Groups["minus"].Success ? -number : number;
    }

    /// <summary>The exponent, clamped to avoid overflow: no text has enough digits to compensate for a larger one.</summary>
    private static long Exponent(string text)
    {
        if (text.Length == 0)
            return 0;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            ? Math.Clamp(exponent, int.MinValue, int.MaxValue)
            : text[0] == '-' ? int.MinValue : int.MaxValue;
    }

    [GeneratedRegex(
        """\A(?<minus>-)?(?<whole>0|[1-9][0-9]*)(\.(?<fraction>[0-9]+))?([eE](?<exponent>[+\-]?[0-9]+))?\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}

using System.Text.RegularExpressions;

namespace BatchesApi.Lists.Filters;

/// <summary>A pattern of another API as the operator that does the same.</summary>
/// <param name="Operator">The operator: <c>contains</c> or <c>startsWith</c>.</param>
/// <param name="Text">The plain text.</param>
internal sealed record TextPattern(FilterOperator Operator, string Text)
{
    /// <summary>Translates a pattern of SQL's LIKE, or one with asterisks; null if no operator does the same.</summary>
    public static TextPattern? FromLike(string pattern)
    {
        var isOpen = pattern is ['%' or '*', ..];
        var isOpenAtEnd = pattern is [_, .., '%' or '*'];
        var text = pattern.Trim('%', '*');

        // Without wildcards, a pattern is equality in SQL, but clients often mean that the text occurs.
        return text.Length == 0 || text.Any(@"%*_?\[]".Contains) || !isOpenAtEnd ? null
            : new TextPattern(isOpen ? FilterOperator.Contains : FilterOperator.StartsWith, text);
    }

    /// <summary>Translates a regular expression; null if it has more than plain text and an anchor at the start.</summary>
    public static TextPattern? FromRegex(string pattern)
    {
        var isAtStart = pattern.StartsWith('^');
        var text = pattern[(isAtStart ? 1 : 0)..];
        (text, isAtStart) = text.StartsWith(".*", StringComparison.Ordinal) ? (text[2..], false) : (text, isAtStart);
        text = text.EndsWith(".*", StringComparison.Ordinal) ? text[..^2] : text;

        // Slashes may enclose the expression, with flags behind them.
        return text.Length == 0 || text[0] == '/' || text.Contains('\\')
            || Regex.Escape(text).Replace(@"\ ", " ", StringComparison.Ordinal) != text
            ? null
            : new TextPattern(isAtStart ? FilterOperator.StartsWith : FilterOperator.Contains, text);
    }
}

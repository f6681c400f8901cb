using System.Text.RegularExpressions;

namespace BatchesApi.Lists.Filters;

/// <summary>A pattern of another API as the operator that does the same.</summary>
/// <param name="Operator">The operator: <c>contains</c>, <c>startsWith</c> or <c>eq</c>.</param>
/// <param name="Text">The plain text.</param>
internal sealed record TextPattern(FilterOperator Operator, string Text)
{
    /// <summary>Translates a pattern of SQL's LIKE, or one with asterisks; null if no operator does the same.</summary>
    public static TextPattern? FromLike(string pattern)
    {
        var isOpen = pattern is ['%' or '*', ..];
        var isOpenAtEnd = pattern is [_, .., '%' or '*'];
        var text = pattern.Trim('%', '*');

        // Without wildcards, clients mean that the text occurs.
        return text.Length == 0 || text.AsSpan().IndexOfAny("%*_?") >= 0 || (isOpen && !isOpenAtEnd) ? null
            : new TextPattern(isOpenAtEnd && !isOpen ? FilterOperator.StartsWith : FilterOperator.Contains, text);
    }

    /// <summary>Translates a regular expression; null if it has more than plain text and anchors.</summary>
    public static TextPattern? FromRegex(string pattern)
    {
        var isAtStart = pattern.StartsWith('^');
        var isAtEnd = pattern.EndsWith('$');
        var text = pattern[(isAtStart ? 1 : 0)..];
        text = isAtEnd && text.Length > 0 ? text[..^1] : text;
        (text, isAtStart) = text.StartsWith(".*", StringComparison.Ordinal) ? (text[2..], false) : (text, isAtStart);
        (text, isAtEnd) = text.EndsWith(".*", StringComparison.Ordinal) ? (text[..^2], false) : (text, isAtEnd);
        if (text.Length == 0 || Regex.Escape(text).Replace(@"\ ", " ", StringComparison.Ordinal) != text || text.Contains('\\'))
            return null;
        return (isAtStart, isAtEnd) switch
        {
            (true, true) => new TextPattern(FilterOperator.Eq, text),
            (true, false) => new TextPattern(FilterOperator.StartsWith, text),
            (false, false) => new TextPattern(FilterOperator.Contains, text),
            _ => null,
        };
    }
}

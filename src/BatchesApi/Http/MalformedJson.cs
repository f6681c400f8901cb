using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Describes why a body is not JSON: the position, and what was probably meant if it can be recognized.</summary>
/// <remarks>System.Text.Json finds the position. Its messages are not used: they describe options of the parser.</remarks>
internal static partial class MalformedJson
{
    private static readonly string[] Literals = ["true", "false", "null"];

    private const int MaxQuotedLength = 40;

    private const string WrongEncoding = "The body is in UTF-16 or UTF-32. Send it in UTF-8.";

    /// <summary>Describes a body that is not UTF-8.</summary>
    public static string DescribeEncoding(ReadOnlySpan<byte> body)
    {
        if (body is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            return WrongEncoding;
        var position = 0;
        while (Rune.DecodeFromUtf8(body[position..], out _, out var length) == System.Buffers.OperationStatus.Done)
            position += length;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The body is not valid UTF-8: error at byte {position + 1}, 0x{body[position]:X2}. Encode the body as UTF-8.");
    }

    /// <summary>Describes a body that is UTF-8 but not JSON.</summary>
    /// <param name="body">The body.</param>
    /// <param name="exception">The error of the parser.</param>
    /// <param name="purpose">What the body is for.</param>
    /// <param name="maxDepth">Maximum nesting depth.</param>
    public static string Describe(
        ReadOnlySpan<byte> body, JsonException exception, BodyPurpose purpose, int maxDepth = BatchBodyReader.MaxDepth)
    {
        if (body.Length > 1 && (body[0] == 0 || body[1] == 0))
            return WrongEncoding;
        var (line, byteInLine) = (exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The body is not valid JSON: error at line {line + 1}, byte {byteInLine + 1}. ")
            + Explain(body, FindOffset(body, line, byteInLine), purpose, maxDepth);
    }

    private static int FindOffset(ReadOnlySpan<byte> body, long line, long byteInLine)
    {
        var start = 0;
        for (; line > 0; line--)
            start += body[start..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(start + byteInLine, body.Length);
    }

    private static string Explain(ReadOnlySpan<byte> body, int offset, BodyPurpose purpose, int maxDepth)
    {
        var before = Context.Read(body[..offset]);
        var rest = body[offset..];
        var previous = offset > 0 ? body[offset - 1] : (byte)0;
        if (before.IsInString)
            return ExplainString(body, offset);
        var word = rest.IsEmpty || IsPartOfWord(rest[0]) || rest[0] is (byte)'}' or (byte)']' or (byte)',' or <= 0x20
            ? ReadWord(body, offset)
            : "";
        if (rest.IsEmpty)
            return before.Open.Length > 0 ? $"The end is missing: '{before.Closers}'." : ExplainNumber(body, offset) ?? ExplainWord(word);
        if (previous == '[' && rest.StartsWith("object Object]"u8))
            return "The client sent an object as text. Use JSON.stringify.";
        if (rest.StartsWith("\\\""u8))
            return "Remove the backslashes before the double quotes.";
        if (rest[0] is (byte)'/' or (byte)'#')
            return "JSON does not allow comments. Remove them.";
        if (before is { Open.Length: 0, Last: '}' or ']' or '"' })
        {
            return "The body continues after the end of the JSON value."
                + (rest[0] == '{' && purpose == BodyPurpose.Create ? " To create several batches, send an array." : "");
        }
        if (rest[0] is (byte)'{' or (byte)'[' && before.Open.Length >= maxDepth)
            return $"JSON may be at most {maxDepth} levels deep.";
        return rest[0] switch
        {
            (byte)'\'' when before.Last == 0 =>
                "The body begins with a single quote. On Windows, enclose it in double quotes, and write \\\" for those within.",
            (byte)'\'' => "Write names and strings in double quotes, not in single quotes.",
            (byte)'}' or (byte)']' when before.Last == ',' => $"Remove the comma before '{(char)rest[0]}'.",
            (byte)'}' or (byte)']' or (byte)',' when before.Last == ':' => "A value is missing after ':'.",
            (byte)'}' or (byte)']' when before.Open.Length > 0 && before.Closers[0] != rest[0] =>
                $"'{before.Closers[0]}' is missing before '{(char)rest[0]}'.",
            (byte)',' when before.Last is ',' or '{' or '[' => "Remove this comma.",
            (byte)'{' when previous == '{' => "The body contains '{{': a placeholder was not replaced.",
            not (byte)'=' when before.LastIsName => "A colon is missing after the name.",
            (byte)'"' => "A comma is missing before this quote.",
            (byte)'+' when before.Last is '\0' or ':' or ',' or '[' => "Write positive numbers without a plus sign.",
            _ when previous == '.' || (rest[0] == '.' && !char.IsAsciiDigit((char)previous)) =>
                "Write a digit before and after the decimal point.",
            (byte)'=' => "Write ':' between a name and its value.",
            (byte)'<' when before.Last == 0 => "The body looks like XML or HTML. Send JSON.",
            >= (byte)'0' and <= (byte)'9' when previous == '0' => "Write numbers without leading zeros.",
            _ when before.Last != '{' && ExplainNumber(body, offset) is { } error => error,
            _ when word.Length == 0 => ExplainCharacter(rest),
            _ when before.Last == 0 => body.Contains((byte)'=') && purpose is not (BodyPurpose.Search or BodyPurpose.Selection)
                ? $"It looks like a form, but '{word}' is not a field of a batch."
                : $"Send an object, such as {BodyShape.GetExample(purpose)}.",
            _ when before.Last == '"' && !before.ExpectsName => "Write \\\" for a double quote within a string, or add the missing comma.",
            _ when before.ExpectsName => $"Write names in double quotes: \"{word}\".",
            _ => ExplainWord(word),
        };
    }

    private static string ExplainString(ReadOnlySpan<byte> body, int offset)
    {
        if (offset == body.Length)
            return "A string is not closed: a double quote is missing.";
        return body[offset] switch
        {
            (byte)'\n' or (byte)'\r' => "A string contains a line break. Write \\n for it, or close the string with a double quote.",
            (byte)'\t' => "A string contains a tab. Write \\t for it.",
            < 0x20 => string.Create(
                CultureInfo.InvariantCulture, $"A string contains a control character. Write \\u{body[offset]:x4} for it."),
            _ => "A string contains an invalid escape sequence. Write \\\\ for a backslash.",
        };
    }

    private static string ExplainWord(string word) => word switch
    {
        "" => "A value is missing.",
        "NaN" or "Infinity" or "undefined" => $"'{word}' is not a JSON value. Send null, or omit the field.",
        "None" or "nil" => $"Write null, not {word}.",
        _ when Literals.FirstOrDefault(literal => literal.StartsWith(word, StringComparison.OrdinalIgnoreCase)) is { } literal =>
            $"Write {literal} in full and in lower case, or text in double quotes.",
        _ => $"Write text in double quotes: \"{word}\".",
    };

    /// <summary>Explains a number that is malformed at the offset; null if there is another error. A date or a name is not a
    /// number.</summary>
    private static string? ExplainNumber(ReadOnlySpan<byte> body, int offset)
    {
        var (start, end) = (offset, offset);
        var (first, last) = (Math.Max(0, offset - MaxQuotedLength), Math.Min(body.Length, offset + MaxQuotedLength));
        while (start > first && (IsPartOfNumber(body[start - 1]) || body[start - 1] is (byte)',' or (byte)' '))
            start--;
        while (end < last && IsPartOfNumber(body[end]))
            end++;
        if (body[end..].TrimStart(" \t\r\n"u8) is [(byte)':', ..])
            return null;
        var text = BrokenNumber().Match(Encoding.ASCII.GetString(body[start..end]).Trim(' ', ',')).Value;
        if (Date().IsMatch(text))
            return "Write dates in double quotes.";
        return text.Length == 0 || Number().IsMatch(text) ? null : $"'{Utf16.Shorten(text, MaxQuotedLength)}' is not a valid number.";
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d", RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    /// <summary>A number as in JSON.</summary>
    [GeneratedRegex(@"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    /// <summary>One or two words at the end that start like numbers.</summary>
    [GeneratedRegex(@"(?<![^ ,])([+-]*\.?\d[^ ,]*[ ,]+)?[+-]*\.?\d[^ ,]*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex BrokenNumber();

    private static string ExplainCharacter(ReadOnlySpan<byte> rest)
    {
        _ = Rune.DecodeFromUtf8(rest, out var rune, out _);
        return rune.Value switch
        {
            '\uFEFF' => "Remove the byte order mark (U+FEFF).",
            '\u201C' or '\u201D' or '\u2018' or '\u2019' => "Write plain double quotes (\"), not typographic ones.",
            '\u00A0' => "Replace the no-break space (U+00A0) by a space.",
            _ when Rune.IsControl(rune) => string.Create(CultureInfo.InvariantCulture, $"Unexpected character U+{rune.Value:X4}."),
            _ => $"Unexpected '{rune}'.",
        };
    }

    private static bool IsPartOfNumber(byte c) => IsPartOfWord(c) || c is (byte)'.' or (byte)'+';

    private static bool IsPartOfWord(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_' or (byte)'$' or (byte)'-';

    /// <summary>The word in which the offset is, or which ends there.</summary>
    private static string ReadWord(ReadOnlySpan<byte> body, int offset)
    {
        var (start, end) = (offset, offset);
        while (start > 0 && IsPartOfWord(body[start - 1]))
            start--;
        while (end < body.Length && IsPartOfWord(body[end]))
            end++;
        return Utf16.Shorten(Encoding.ASCII.GetString(body[start..end]).TrimStart('-'), MaxQuotedLength);
    }

    /// <summary>The state of a valid beginning of JSON at its end.</summary>
    /// <param name="Open">The brackets that are open.</param>
    /// <param name="Last">The last character that is not white space, or U+0000.</param>
    /// <param name="IsInString">Whether a string is open.</param>
    /// <param name="LastIsName">Whether <paramref name="Last"/> ends the name of a member.</param>
    private readonly record struct Context(string Open, char Last, bool IsInString, bool LastIsName)
    {
        public bool ExpectsName => Open.EndsWith('{') && Last is '{' or ',';

        /// <summary>The brackets that close the open ones, innermost first.</summary>
        public string Closers => string.Concat(Open.Reverse().Select(bracket => bracket == '{' ? '}' : ']'));

        public static Context Read(ReadOnlySpan<byte> json)
        {
            var (open, last, isInString, isName) = (new StringBuilder(), '\0', false, false);
            for (var i = 0; i < json.Length; i++)
            {
                var c = (char)json[i];
                if (isInString)
                {
                    if (c == '\\')
                        i++;
                    isInString = c != '"';
                }
                else if (c is not (' ' or '\t' or '\r' or '\n'))
                {
                    isInString = c == '"';
                    isName = isInString && last is ('{' or ',') && open.Length > 0 && open[^1] == '{';
                    last = c;
                    if (c is '{' or '[')
                        open.Append(c);
                    else if (c is '}' or ']' && open.Length > 0)
                        open.Length--;
                }
            }
            return new Context(open.ToString(), last, isInString, isName);
        }
    }
}

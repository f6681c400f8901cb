using System.Text;
using System.Text.Unicode;

namespace BatchesApi.Http;

/// <summary>Reads <c>application/x-www-form-urlencoded</c> (WHATWG URL, section 5.1). ASP.NET Core's reader is not used: it replaces
/// invalid UTF-8 without an error.</summary>
internal static class FormReader
{
    /// <summary>The error of a value that <see cref="FindCutValues"/> finds.</summary>
    public const string CutValue = "is cut off at '&'. Encode it as %26, or send the form with curl --data-urlencode.";

    /// <summary>The pairs, in their order. A value that is not UTF-8 is null.</summary>
    public static IEnumerable<(string Name, string? Value)> Read(ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'&');
            var pair = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (pair.IsEmpty)
                continue;
            var equals = pair.Span.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? pair.Span : pair.Span[..equals]);
            yield return (name ?? "\uFFFD", equals < 0 ? "" : Decode(pair.Span[(equals + 1)..]));
        }
    }

    /// <summary>The names of values that start with a double quote and that <c>&amp;</c> cuts off before the next one, as in
    /// <c>a="R&amp;D"</c>. Quotes that the client encoded are part of the value.</summary>
    public static IEnumerable<string> FindCutValues(ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte>? cut = null;
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'&');
            var pair = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            var equals = pair.Span.IndexOf((byte)'=');
            if (equals >= 0 && pair.Span[(equals + 1)..] is [(byte)'"', .. var rest])
            {
                cut = rest is [.., (byte)'"'] ? null : pair[..equals];
            }
            else if (cut is { } name && pair.Span.TrimEnd(" \r\n"u8) is [.., (byte)'"'])
            {
                cut = null;
                yield return Decode(name.Span) ?? "\uFFFD";
            }
        }
    }

    private static string? Decode(ReadOnlySpan<byte> encoded)
    {
        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var digits = encoded[i] == '%' && i + 2 < encoded.Length ? encoded.Slice(i + 1, 2) : default;
            if (!digits.IsEmpty && char.IsAsciiHexDigit((char)digits[0]) && char.IsAsciiHexDigit((char)digits[1]))
            {
                bytes[length++] = Convert.FromHexString(Encoding.ASCII.GetString(digits))[0];
                i += 2;
            }
            else
            {
                bytes[length++] = encoded[i] == '+' ? (byte)' ' : encoded[i];
            }
        }
        var decoded = bytes.AsSpan(0, length);
        return Utf8.IsValid(decoded) ? Encoding.UTF8.GetString(decoded) : null;
    }
}

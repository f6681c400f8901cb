using System.Text.Encodings.Web;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Writes conditions in the languages of <c>fields</c> and <c>p</c>, for error messages that state what to send.</summary>
internal static class FieldsSyntax
{
    /// <summary>Maximum length of a value to repeat. A longer one is replaced by an ellipsis.</summary>
    public const int MaxLength = 100;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A condition of <c>fields</c>.</summary>
    public static string Write(Field field, string value) => $"{field}:{WriteValue(value)}";

    /// <summary>A condition of <c>fields</c> with an operator.</summary>
    public static string Write(Field field, FilterOperator op, string value) =>
        op == FilterOperator.Eq ? Write(field, value) : $"{field}:{FieldsOperators.GetName(op)}:{WriteValue(value)}";

    /// <summary>A value of <c>fields</c>, in quotes if it needs them. The bare word <c>null</c> is not text and stays bare.</summary>
    public static string WriteValue(string value)
    {
        if (value.Length > MaxLength)
            return "…";
        var needsQuotes = value.Length == 0
            || value.AsSpan().IndexOfAny(",:|") >= 0
            || value[0] == '"'
            || value.Trim().Length < value.Length;
        return needsQuotes ? Quote(value) : value;
    }

    /// <summary>The beginning of a text of the client, to repeat it in an error.</summary>
    public static string Shorten(string text) => Utf16.Shorten(text, MaxLength);

    /// <summary>The value as it stands in a URL; other characters are left readable.</summary>
    public static string Encode(string value) => value.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("&", "%26", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal)
        .Replace("+", "%2B", StringComparison.Ordinal);

    /// <summary>A value of <c>fields</c> in quotes.</summary>
    public static string Quote(string value) =>
        $"\"{value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A text of <c>p</c>.</summary>
    public static string WriteJson(string text) => text.Length > MaxLength ? "\"…\"" : JsonSerializer.Serialize(text, Readable);
}

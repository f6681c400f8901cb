using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Lists;

/// <summary>The opaque position after a record of a list (specification, section 3.5): the record's values of the sort keys,
/// so that the record may change or disappear meanwhile, with a digest of them, the account, the order and the filters.</summary>
internal static partial class Cursor
{
    /// <summary>The cursor after a record of a list.</summary>
    public static string Write(ListPlan plan, Batch last) =>
        CursorEncoding.Write(
            GetOwner(plan), Encoding.UTF8.GetBytes($"[{string.Join(',', plan.Order.Select(key => Write(key.Field.Get(last))))}]"));

    /// <returns>The values of the sort keys, or null if the text is not a cursor of the list.</returns>
    public static IReadOnlyList<object?>? Read(string text, ListPlan plan)
    {
        if (CursorEncoding.Read(GetOwner(plan), text) is not { } bytes)
            return null;
        try
        {
            // The digest has no secret, so the values may be forged.
            return JsonNode.Parse(bytes) is JsonArray values && values.Count == plan.Order.Count
                ? [.. values.Zip(plan.Order, (value, key) => Read(value, key.Field, plan))]
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A value as JSON with as few escapes as possible, so that the longest text in any script fits into a URL.</summary>
    private static string Write(object? value) => value switch
    {
        null => "null",
        DateTime instant => Write(instant.Ticks),
        bool truth => truth ? "true" : "false",
        string text => $"\"{MustBeEscaped().Replace(text, Escape)}\"",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Escape(Match found) => found.Value[0] switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' and var control => $"\\u{(int)control:x4}",
        var other => $"\\{other}",
    };

    private static object? Read(JsonNode? value, Field field, ListPlan plan)
    {
        if (value is null)
            return plan.MayBeMissing(field) ? null : throw new FormatException($"{field} is never missing.");
        return field.Kind switch
        {
            FieldKind.DateTime => new DateTime((long)value, DateTimeKind.Utc),
            FieldKind.Boolean => (bool)value,
            FieldKind.Integer => (int)value,
            _ => PostgresText.IsStorable((string)value!) ? (string)value! : throw new FormatException($"{field} cannot be that text."),
        };
    }

    /// <summary>A change of this text makes the cursors of earlier versions invalid.</summary>
    private static string GetOwner(ListPlan plan) =>
        $"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Where} after ";

    [GeneratedRegex("[\0-\x1F\"\\\\]")]
    private static partial Regex MustBeEscaped();
}

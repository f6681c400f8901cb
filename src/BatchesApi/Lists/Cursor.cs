using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <param name="After">The values of the sort keys.</param>
/// <param name="Now">The time from which the relative values of the filters count.</param>
internal sealed record CursorPosition(IReadOnlyList<object?> After, DateTime Now);

/// <summary>The opaque position after a record of a list (specification, section 3.5): the record's values of the sort keys,
/// so that the record may change or disappear meanwhile, and for relative values the time of the first page, with a digest of them, the
/// account, the order and the filters.</summary>
internal static partial class Cursor
{
    /// <summary>The cursor after a record of a list.</summary>
    public static string Write(ListPlan plan, Batch last) =>
        CursorEncoding.Write(GetOwner(plan), Encoding.UTF8.GetBytes($"[{string.Join(',', GetValues(plan, last).Select(Write))}]"));

    /// <returns>The position, or null if the text is not a cursor of the list.</returns>
    public static CursorPosition? Read(string text, ListPlan plan)
    {
        if (CursorEncoding.Read(GetOwner(plan), text) is not { } bytes)
            return null;
        try
        {
            // The digest has no secret, so the values may be forged.
            if (JsonNode.Parse(bytes) is not JsonArray values || values.Count != plan.Order.Count + (plan.Symbolic.IsRelative ? 1 : 0))
                return null;
            var now = plan.Symbolic.IsRelative ? ReadTime(values[^1]) : plan.Now;
            return new CursorPosition([.. plan.Order.Zip(values, (key, value) => Read(value, key.Field, plan))], now);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<object?> GetValues(ListPlan plan, Batch last)
    {
        var values = plan.Order.Select(key => key.Field.Get(last));
        return plan.Symbolic.IsRelative ? values.Append(plan.Now) : values;
    }

    private static DateTime ReadTime(JsonNode? ticks)
    {
        var now = new DateTime((long?)ticks ?? 0, DateTimeKind.Utc).ToMicroseconds();
        return RelativeValues.IsPossible(now) ? now : throw new FormatException($"{now:O} is out of range.");
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
        $"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Symbolic} after ";

    [GeneratedRegex("[\0-\x1F\"\\\\]")]
    private static partial Regex MustBeEscaped();
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The opaque text from which a list goes on after a record (specification, section 3, <c>cursor</c>): the record's values of the sort keys,
/// so that it may change or go meanwhile, sealed for the account, the sort and the filters.</summary>
internal static partial class Cursor
{
    /// <summary>The cursor behind a record of a list.</summary>
    public static string Write(ListPlan plan, Batch last) =>
        CursorEncoding.Write(GetOwner(plan), Encoding.UTF8.GetBytes($"[{string.Join(',', plan.Order.Select(key => Write(key.Field.Get(last))))}]"));

    /// <summary>Reads a cursor.</summary>
    /// <param name="text">The cursor as the client sent it.</param>
    /// <param name="plan">The list that it is for.</param>
    /// <returns>The values of the sort keys; null where this is no cursor of that list.</returns>
    public static IReadOnlyList<object?>? Read(string text, ListPlan plan)
    {
        if (CursorEncoding.Read(GetOwner(plan), text) is not { } bytes)
            return null;
        try
        {
            // Whoever makes up a digest may make up anything.
            return JsonNode.Parse(bytes) is JsonArray values && values.Count == plan.Order.Count
                ? [.. values.Zip(plan.Order, (value, key) => Read(value, key.Field, plan))]
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A value as JSON. Only what must be is escaped, so that the longest text, of letters of any script, still fits into an address.</summary>
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
            _ => FilterLimits.IsStorable((string)value!) ? (string)value! : throw new FormatException($"{field} cannot be that text."),
        };
    }

    private static string GetOwner(ListPlan plan) => $"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Where} after ";

    [GeneratedRegex("[\0-\x1F\"\\\\]")]
    private static partial Regex MustBeEscaped();
}

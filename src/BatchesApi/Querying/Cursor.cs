using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchesApi.Model;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Querying;

/// <summary>The opaque text from which a list goes on after a record (contract, section 3, <c>cursor</c>): the record's values of the sort keys,
/// so that it may change or go meanwhile, and a digest of these together with the account, the sort and the filters. It holds nothing
/// that its reader has not seen, so that the digest need not be a secret's: it tells a cursor of another list, or a damaged one.</summary>
internal static partial class Cursor
{
    private const int DigestBytes = 12;

    /// <summary>The cursor behind a record of a list.</summary>
    public static string Write(ListPlan plan, Batch last)
    {
        var json = Encoding.UTF8.GetBytes($"[{string.Join(',', plan.Order.Select(key => Write(key.Field.Get(last))))}]");
        return Base64Url.EncodeToString([.. Digest(plan, json), .. json]);
    }

    /// <summary>Whether a text may be a cursor of any list.</summary>
    public static bool IsWellFormed(string text) => Base64Url.IsValid(text, out var length) && length > DigestBytes;

    /// <summary>Reads a cursor.</summary>
    /// <param name="text">The cursor as the client sent it.</param>
    /// <param name="plan">The list that it is for.</param>
    /// <returns>The values of the sort keys; null where this is no cursor of that list.</returns>
    public static IReadOnlyList<object?>? Read(string text, ListPlan plan)
    {
        if (!IsWellFormed(text))
            return null;
        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(text);
        if (!Digest(plan, bytes[DigestBytes..]).SequenceEqual(bytes[..DigestBytes]))
            return null;

        // The decoder skips white space and padding, of which a cursor has none.
        if (Base64Url.EncodeToString(bytes) != text)
            return null;
        try
        {
            // Whoever makes up a digest may make up anything.
            return JsonNode.Parse(bytes[DigestBytes..]) is JsonArray values && values.Count == plan.Order.Count
                ? [.. values.Zip(plan.Order, (value, key) => Read(value, key.Field, plan))]
                : null;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException or ArgumentException)
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

    private static ReadOnlySpan<byte> Digest(ListPlan plan, ReadOnlySpan<byte> values)
    {
        var list = Encoding.UTF8.GetBytes($"{plan.AccountId} {plan.Deleted} by {string.Join(", ", plan.Order)} where {plan.Where} after ");
        return SHA256.HashData([.. list, .. values]).AsSpan(0, DigestBytes);
    }

    [GeneratedRegex("[\0-\x1F\"\\\\]")]
    private static partial Regex MustBeEscaped();
}

using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Parses the values of one field, from JSON and from forms, by the type of the field (specification, sections 1 and 4).</summary>
/// <param name="field">The field.</param>
/// <param name="name">Its name as the client spelled it.</param>
/// <param name="errors">Receives the errors.</param>
/// <remarks>Values have the type of the field; null stands for no value, and for an invalid one.</remarks>
internal readonly struct FieldValueParser(Field field, string name, ValidationErrors errors)
{
    /// <summary>Replaces an invalid item, so that validation reports only the other items.</summary>
    private const string InvalidItem = "?";

    private const string NotDateTime =
        "must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z.";

    private const string Unstorable = "must not contain U+0000 or an unpaired surrogate.";

    public object? ParseJson(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        return (field.Kind, json.ValueKind) switch
        {
            (FieldKind.Text, JsonValueKind.String) => ParseString(json),
            (FieldKind.DateTime, JsonValueKind.String) => ParseDateTime(ParseString(json)),
            (FieldKind.Boolean, JsonValueKind.True or JsonValueKind.False) => json.GetBoolean(),
            (FieldKind.Integer, JsonValueKind.Number) => ParseInteger(json),
            (FieldKind.TextList, JsonValueKind.Array) => ParseItems(json),
            _ => Reject($"must be {DescribeType()}."),
        };
    }

    /// <summary>Parses the values that a form has for the field: one, or several for an array.</summary>
    public object? ParseForm(IReadOnlyList<string> values) => field.Kind switch
    {
        FieldKind.TextList => ParseFormItems(values),
        _ when values.Count > 1 => Reject("must not be given more than once."),
        FieldKind.Text => ParseFormText(values[0]),
        FieldKind.DateTime => ParseDateTime(ParseFormText(values[0])),
        _ => ParseFormNumberOrBoolean(values[0]),
    };

    private string? ParseString(JsonElement json, int? item = null)
    {
        try
        {
            return CheckStorable(json.GetString()!, item);
        }
        catch (InvalidOperationException)
        {
            // The string escapes half of a surrogate pair.
            return Reject(Unstorable, item);
        }
    }

    private object? ParseDateTime(string? text) =>
        text is null
            ? null
            : Rfc3339.Parse(text)
                ?? (object?)Reject(NotDateTime);

    private object? ParseInteger(JsonElement json) =>
        JsonInteger.Parse(json.GetRawText()) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : Reject($"must be {DescribeType()}.");

    private string[] ParseItems(JsonElement json)
    {
        var items = new string[json.GetArrayLength()];
        foreach (var (i, item) in json.EnumerateArray().Index())
            items[i] = (item.ValueKind == JsonValueKind.String ? ParseString(item, i) : Reject("must be a string.", i)) ?? InvalidItem;
        return items;
    }

    /// <summary>Decodes a JSON string or <c>null</c>; any other text is the value.</summary>
    private string? ParseFormText(string value, int? item = null)
    {
        if (value == "null")
            return null;
        if (value.StartsWith('"') && value.EndsWith('"'))
        {
            using var json = TryParseJson(value);
            if (json is not null)
                return ParseString(json.RootElement, item);
        }
        return CheckStorable(value, item);
    }

    private object? ParseFormNumberOrBoolean(string value)
    {
        using var json = TryParseJson(value);
        if (json is null)
            return Reject($"must be {DescribeType()}.");

        // Form values are text, so clients may quote numbers and booleans.
        if (json.RootElement.ValueKind == JsonValueKind.String)
        {
            using var unquoted = TryParseJson(value.Trim()[1..^1]);
            if (unquoted?.RootElement.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                return ParseJson(unquoted.RootElement);
        }
        return ParseJson(json.RootElement);
    }

    private object? ParseFormItems(IReadOnlyList<string> values)
    {
        if (values.Count == 1 && (values[0].Trim() == "null" || values[0].TrimStart().StartsWith('[')))
        {
            using var array = TryParseJson(values[0]);
            return array is null
                ? Reject("must be a JSON array of strings, or the items one by one under the same name.")
                : ParseJson(array.RootElement);
        }

        var items = new string[values.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = (values[i] == "null" ? Reject("must be a string.", i) : ParseFormText(values[i], i)) ?? InvalidItem;
        return items;
    }

    private string? CheckStorable(string text, int? item) => text.Contains('\0') ? Reject(Unstorable, item) : text;

    private string DescribeType() => field.Kind switch
    {
        FieldKind.Text or FieldKind.DateTime => "a string",
        FieldKind.Boolean => "true or false",
        FieldKind.Integer => $"a whole number from {field.Range!.Value.Min} to {field.Range.Value.Max}",
        _ => "an array of strings",
    } + (field.Origin == FieldOrigin.Required ? "" : " or null");

    /// <summary>Adds an error and returns null, which stands for the invalid value.</summary>
    private string? Reject(string message, int? item = null)
    {
        errors.Add(name, item is null ? message : $"item {item} {message}");
        return null;
    }

    private static JsonDocument? TryParseJson(string text)
    {
        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = BatchBodyReader.MaxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

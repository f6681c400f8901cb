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

    private const string RequiredNull = "is required and cannot be null.";

    private const string ListExample = "such as [\"a\",\"b\"]";

    private const string Unstorable = "must not contain U+0000 or an unpaired surrogate.";

    /// <summary>Maximum number of characters of a value that a message quotes.</summary>
    private const int MaxQuotedLength = 40;

    public object? ParseJson(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return ParseNull();
        return (field.Kind, json.ValueKind) switch
        {
            (FieldKind.Text, JsonValueKind.String) => ParseString(json),
            (FieldKind.DateTime, JsonValueKind.String) => ParseDateTime(ParseString(json), "null"),
            (FieldKind.Boolean, JsonValueKind.True or JsonValueKind.False) => json.GetBoolean(),
            (FieldKind.Integer, JsonValueKind.Number) => ParseInteger(json),
            (FieldKind.TextList, JsonValueKind.Array) => ParseItems(json),
            _ => Reject($"must be {DescribeType()}, but is {Describe(json)}.{GetHint(json)}"),
        };
    }

    /// <summary>Parses the values that a form has for the field: one, or several for an array.</summary>
    public object? ParseForm(IReadOnlyList<string> values) => field.Kind switch
    {
        FieldKind.TextList => ParseFormItems(values),
        _ when values.Count > 1 => Reject("must not be given more than once."),
        FieldKind.Text => ParseFormText(values[0]),
        FieldKind.DateTime => ParseDateTime(ParseFormText(values[0]), $"{name}=null"),
        _ => ParseFormNumberOrBoolean(values[0]),
    };

    /// <summary>Parses a cell of CSV. Text is always the text itself; an empty cell of another type stands for no value.</summary>
    public object? ParseCell(string cell) => field.Kind switch
    {
        FieldKind.Text => CheckStorable(cell, item: null),
        _ when cell.Length == 0 => null,
        FieldKind.TextList => ParseIds(cell),

        // Spreadsheet programs write TRUE.
        FieldKind.Boolean => ParseFormNumberOrBoolean(cell.ToLowerInvariant()),
        _ => ParseForm([cell]),
    };

    /// <summary>No value, for which the field has its default.</summary>
    private string? ParseNull() => field.Origin == FieldOrigin.Required ? Reject(RequiredNull) : null;

    private string? ParseString(JsonElement json, int? item = null) =>
        JsonText.Decode(json) is { } text ? CheckStorable(text, item) : Reject(Unstorable, item);

    /// <param name="text">The text, or null.</param>
    /// <param name="noValue">What to send for no value.</param>
    private object? ParseDateTime(string? text, string noValue)
    {
        if (text is null)
            return null;
        return Rfc3339.Parse(text) ?? (object?)Reject(
            $"must be {DescribeType()}, but is {(text.Length == 0 ? $"empty. Send {noValue} for no value" : Quote(text))}.");
    }

    private object? ParseInteger(JsonElement json) =>
        JsonInteger.Parse(json.GetRawText()) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : Reject($"must be {DescribeType()}, but is {Describe(json)}.");

    private string[] ParseItems(JsonElement json)
    {
        var items = new string[json.GetArrayLength()];
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            items[i] = (item.ValueKind == JsonValueKind.String
                ? ParseString(item, i)
                : Reject($"must be a string, but is {Describe(item)}.", i)) ?? InvalidItem;
        }
        return items;
    }

    /// <summary>Decodes a JSON string or <c>null</c>; any other text is the value.</summary>
    private string? ParseFormText(string value, int? item = null)
    {
        if (value == "null")
            return ParseNull();
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
        {
            return Reject(value.Trim().Length == 0
                ? $"must be {DescribeType()}, but is empty. Send {name}=null for no value."
                : $"must be {DescribeType()}, but is {Quote(value)}.{GetBooleanHint(value)}");
        }

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
        if (values.Count == 1 && (values[0].Trim() == "null" || LooksLikeJson(values[0])))
        {
            using var array = TryParseJson(values[0]);
            return array is null
                ? Reject($"must be a JSON array of strings, {ListExample}, or the items one by one under the same name.")
                : ParseJson(array.RootElement);
        }

        var items = new string[values.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = ParseFormItem(values[i], i) ?? InvalidItem;
        return items;
    }

    private object? ParseIds(string cell)
    {
        if (cell.AsSpan().TrimStart() is [BatchCsv.ArrayStart, ..])
        {
            using var array = TryParseJson(cell);
            return array is null
                ? Reject($"must be ids separated by '{BatchCsv.IdSeparator}', or a JSON array of strings, {ListExample}.")
                : ParseJson(array.RootElement);
        }
        if (LooksLikeJson(cell))
            return Reject($"must be ids, not an object. Write an id that begins with '{{' in a JSON array, {ListExample}.");
        var items = cell.Split(BatchCsv.IdSeparator);
        for (var i = 0; i < items.Length; i++)
            items[i] = CheckStorable(items[i], i) ?? InvalidItem;
        return items;
    }

    private string? ParseFormItem(string value, int item)
    {
        if (value == "null")
            return Reject("must be a string, but is null.", item);
        if (value.Length == 0)
            return Reject($"must not be empty. Send {name}=[] for an empty list.", item);
        return LooksLikeJson(value)
            ? Reject("must be an id. Send one JSON array, or one id under each name, in double quotes if it begins with '[' or '{'.", item)
            : ParseFormText(value, item);
    }

    private static bool LooksLikeJson(string value) => value.AsSpan().TrimStart() is ['[' or '{', ..];

    private string? CheckStorable(string text, int? item) => text.Contains('\0') ? Reject(Unstorable, item) : text;

    private string DescribeType() => field.Kind switch
    {
        FieldKind.Text => "a string",
        FieldKind.DateTime => "an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z",
        FieldKind.Boolean => "true, false or null",
        FieldKind.Integer => $"a whole number from {field.Range!.Value.Min} to {field.Range.Value.Max}",
        _ => $"an array of strings, {ListExample},",
    } + (field.Origin == FieldOrigin.Required || field.Kind is FieldKind.DateTime or FieldKind.Boolean ? "" : " or null");

    /// <summary>Describes a JSON value; strings are cut.</summary>
    private static string Describe(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String when json.GetRawText() is { Length: <= 2 } => "empty",
        JsonValueKind.String => $"the string {Utf16.Shorten(json.GetRawText(), MaxQuotedLength)}",
        _ => Utf16.Shorten(json.GetRawText(), MaxQuotedLength),
    };

    private static string Quote(string text) => $"'{Utf16.Shorten(text, MaxQuotedLength)}'";

    /// <summary>What to send instead of a value of another type, if that is certain.</summary>
    private string GetHint(JsonElement json)
    {
        var raw = json.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? "" : json.GetRawText();
        if (raw.Length > MaxQuotedLength)
            return "";
        var text = raw.Trim('"');
        return (field.Kind, json.ValueKind) switch
        {
            (FieldKind.Text, JsonValueKind.Number) => $" Send it in quotes: \"{text}\".",
            (FieldKind.Integer, JsonValueKind.String) when JsonInteger.Parse(text) is not null => $" Send it without quotes: {text}.",
            (FieldKind.Integer or FieldKind.DateTime, JsonValueKind.String) when text.Length == 0 => " Send null for no value.",
            (FieldKind.Boolean, _) => GetBooleanHint(text),
            _ => "",
        };
    }

    private static string GetBooleanHint(string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "y" or "on" => " Send true.",
        "false" or "0" or "no" or "n" or "off" => " Send false.",
        _ => "",
    };

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

using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads the values of one field, in JSON and in forms, by the field's type (specification, sections 1 and 4).</summary>
/// <param name="of">The field.</param>
/// <param name="name">Its name as the client wrote it.</param>
/// <param name="errors">Gets what is wrong.</param>
/// <remarks>Values come in the field's own type; null stands for no value, and for a faulty one.</remarks>
internal readonly struct FieldValueParser(Field of, string name, ValidationErrors errors)
{
    /// <summary>Stands for an item that has a fault already, so that the rules find those of the others only.</summary>
    private const string Invalid = "?";

    private const string Unstorable = "must not contain U+0000 or an unpaired surrogate.";

    /// <summary>Reads a JSON value.</summary>
    public object? FromJson(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Null)
            return null;
        return (of.Kind, json.ValueKind) switch
        {
            (FieldKind.Text, JsonValueKind.String) => ReadText(json),
            (FieldKind.DateTime, JsonValueKind.String) => ReadDateTime(ReadText(json)),
            (FieldKind.Boolean, JsonValueKind.True or JsonValueKind.False) => json.GetBoolean(),
            (FieldKind.Integer, JsonValueKind.Number) => ReadInteger(json),
            (FieldKind.TextList, JsonValueKind.Array) => ReadItems(json),
            _ => AddError($"must be {Expected}."),
        };
    }

    /// <summary>Reads the values that a form gives the field: one, or several for a list.</summary>
    public object? FromForm(IReadOnlyList<string> values) => of.Kind switch
    {
        FieldKind.TextList => ItemsFromForm(values),
        _ when values.Count > 1 => AddError("must not be given more than once."),
        FieldKind.Text => TextFromForm(values[0]),
        FieldKind.DateTime => ReadDateTime(TextFromForm(values[0])),
        _ => NumberOrBooleanFromForm(values[0]),
    };

    private string Expected => of.Kind switch
    {
        FieldKind.Text or FieldKind.DateTime => "a string",
        FieldKind.Boolean => "true or false",
        FieldKind.Integer => $"a whole number from {of.Range!.Value.Min} to {of.Range.Value.Max}",
        _ => "an array of strings",
    } + (of.Origin == FieldOrigin.Required ? "" : " or null");

    private object? NumberOrBooleanFromForm(string value)
    {
        using var json = ParseJson(value);
        if (json is null)
            return AddError($"must be {Expected}.");

        // Forms are text, so that a client may well quote what is none.
        if (json.RootElement.ValueKind == JsonValueKind.String)
        {
            using var unquoted = ParseJson(value.Trim()[1..^1]);
            if (unquoted?.RootElement.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                return FromJson(unquoted.RootElement);
        }
        return FromJson(json.RootElement);
    }

    private object? ItemsFromForm(IReadOnlyList<string> values)
    {
        if (values.Count == 1 && (values[0].Trim() == "null" || values[0].TrimStart().StartsWith('[')))
        {
            using var array = ParseJson(values[0]);
            return array is null
                ? AddError("must be a JSON array of strings, or the items one by one under the same name.")
                : FromJson(array.RootElement);
        }

        var items = new string[values.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = TextFromForm(values[i], i) ?? Invalid;
            if (values[i] == "null")
                AddError("must be a string.", i);
        }
        return items;
    }

    /// <summary>A JSON string or <c>null</c> is decoded, all else is the text itself.</summary>
    private string? TextFromForm(string value, int? item = null)
    {
        if (value == "null")
            return null;
        if (value.StartsWith('"') && value.EndsWith('"'))
        {
            using var json = ParseJson(value);
            if (json is not null)
                return ReadText(json.RootElement, item);
        }
        return Storable(value, item);
    }

    private string? ReadText(JsonElement json, int? item = null)
    {
        try
        {
            return Storable(json.GetString()!, item);
        }
        catch (InvalidOperationException)
        {
            // The string escapes half of a surrogate pair.
            return AddError(Unstorable, item) as string;
        }
    }

    private string? Storable(string text, int? item) => text.Contains('\0') ? AddError(Unstorable, item) as string : text;

    private object? ReadDateTime(string? text) =>
        text is null
            ? null
            : Rfc3339.Parse(text)
                ?? AddError("must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z.");

    private object? ReadInteger(JsonElement json) =>
        JsonInteger.Parse(json.GetRawText()) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : AddError($"must be {Expected}.");

    private string[] ReadItems(JsonElement json)
    {
        var items = new string[json.GetArrayLength()];
        var i = 0;
        foreach (var element in json.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.String)
                AddError("must be a string.", i);
            items[i] = element.ValueKind == JsonValueKind.String ? ReadText(element, i) ?? Invalid : Invalid;
            i++;
        }
        return items;
    }

    private object? AddError(string message, int? item = null)
    {
        errors.Add(name, item is null ? message : $"item {item} {message}");
        return null;
    }

    private static JsonDocument? ParseJson(string text)
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

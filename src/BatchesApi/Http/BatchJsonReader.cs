using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads batches from JSON.</summary>
internal sealed class BatchJsonReader(FieldLookup fields)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = BatchBodyReader.MaxDepth };

    private static readonly Problem NotUtf8 = Malformed("The body is not valid UTF-8.");

    private static readonly Problem InvalidLength = Malformed(
        string.Create(CultureInfo.InvariantCulture, $"The array must have 1 to {BatchBodyReader.MaxItems:N0} items."));

    public Result<BatchPatch> Read(ReadOnlyMemory<byte> text, ValidationErrors errors)
    {
        if (!Utf8.IsValid(text.Span))
            return NotUtf8;
        try
        {
            using var json = JsonDocument.Parse(text, Options);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? ReadObject(json.RootElement, errors)
                : Malformed($"The body must be a JSON object, but is {Describe(json.RootElement.ValueKind)}.");
        }
        catch (JsonException exception)
        {
            return Malformed(exception);
        }
    }

    /// <summary>Reads an array of objects.</summary>
    /// <param name="text">The array.</param>
    /// <param name="validate">Validates an item.</param>
    /// <param name="errors">Receives the errors of the items, with names such as <c>[3].rating</c>. Once it is full, the other items are
    /// not read.</param>
    public Result<BatchPatch[]> ReadArray(ReadOnlyMemory<byte> text, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors)
    {
        if (!Utf8.IsValid(text.Span))
            return NotUtf8;
        try
        {
            // Count first: parsed, many tiny items take a multiple of their size.
            if (!HasValidLength(text.Span))
                return InvalidLength;
            using var json = JsonDocument.Parse(text, Options);
            var patches = new List<BatchPatch>();
            foreach (var (i, item) in json.RootElement.EnumerateArray().Index())
            {
                if (errors.IsFull)
                    break;
                patches.Add(ReadItem(i, item, validate, errors));
            }
            return patches.ToArray();
        }
        catch (JsonException exception)
        {
            return Malformed(exception);
        }
    }

    private static bool HasValidLength(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = BatchBodyReader.MaxDepth });
        reader.Read();
        for (var count = 0; reader.Read(); count++)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
                return count > 0;
            if (count == BatchBodyReader.MaxItems)
                return false;
            reader.Skip();
        }
        return true;
    }

    private BatchPatch ReadItem(int i, JsonElement item, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
        if (item.ValueKind != JsonValueKind.Object)
        {
            errors.Add(name, $"must be an object, but is {Describe(item.ValueKind)}.");
            return BatchPatch.Empty;
        }
        var itemErrors = new ValidationErrors();
        var patch = ReadObject(item, itemErrors);
        validate(patch, itemErrors);
        foreach (var (field, messages) in itemErrors)
        {
            foreach (var message in messages)
                errors.Add($"{name}.{field}", message);
        }
        return patch;
    }

    private BatchPatch ReadObject(JsonElement json, ValidationErrors errors)
    {
        var values = new Batch();
        var passed = new FieldSet();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var name = GetName(member);
            if (!seen.Add(name))
            {
                errors.Add(name, "must not be given more than once.");
            }
            else if (HasDuplicateName(member.Value))
            {
                errors.Add(name, "must not contain an object with duplicate names.");
            }
            else if (fields.Find(name, errors) is { } field && (field.IsWritable || member.Value.ValueKind != JsonValueKind.Null))
            {
                passed = passed.With(field);
                field.Set(values, new FieldValueParser(field, name, errors).ParseJson(member.Value));
            }
        }
        return new BatchPatch(values, passed);
    }

    private static bool HasDuplicateName(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().Any(HasDuplicateName),
        JsonValueKind.Object => json.EnumerateObject().DistinctBy(GetName).Count() < json.EnumerateObject().Count()
            || json.EnumerateObject().Any(member => HasDuplicateName(member.Value)),
        _ => false,
    };

    private static string GetName(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // The name escapes half of a surrogate pair; no field has such a name.
            return "\uFFFD";
        }
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static Problem Malformed(JsonException exception) => Malformed(
        $"The body is not valid JSON: error at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. "
        + $"JSON must be complete, without comments or trailing commas, and at most {BatchBodyReader.MaxDepth} levels deep.");

    private static Problem Malformed(string detail) => new(ProblemCode.MalformedBody, detail);
}

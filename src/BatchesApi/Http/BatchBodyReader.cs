using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads the body of a create or an update (specification, sections 1 and 4): bytes in, typed values or all faults out.</summary>
/// <param name="strict">Whether an unknown field is a fault.</param>
/// <param name="withServerFields">Whether the server's own fields are read too, and not ignored; null leaves such a field to the server.</param>
internal sealed class BatchBodyReader(bool strict, bool withServerFields = false)
{
    /// <summary>Most bytes in a body.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Most bytes in a body that is an array.</summary>
    public const int MaxArrayBytes = 5 << 20;

    /// <summary>Most batches in an array.</summary>
    public const int MaxItems = 1_000;

    /// <summary>Deepest nesting of JSON.</summary>
    public const int MaxDepth = 16;

    private const string NotUtf8 = "The body is not valid UTF-8.";

    private static readonly IReadOnlyList<string> WritableNames = [.. BatchFields.Writable.Select(f => f.Name)];

    /// <summary>Reads a body that is an array of objects.</summary>
    /// <param name="body">Its bytes.</param>
    /// <param name="check">Holds an item against the rules, and adds what is wrong.</param>
    /// <param name="errors">Gets what is wrong with the items, under names such as <c>[3].rating</c>. When it is full, the rest is not read.</param>
    /// <param name="malformed">What is wrong with it as a whole, so that nothing could be read; otherwise null.</param>
    public IReadOnlyList<BatchPatch> ReadArray(ReadOnlyMemory<byte> body, Action<BatchPatch, ValidationErrors> check, ValidationErrors errors, out string? malformed)
    {
        malformed = null;
        var inputs = new List<BatchPatch>();
        body = BodyBuffer.TrimByteOrderMark(body);
        if (!Utf8.IsValid(body.Span))
        {
            malformed = NotUtf8;
            return inputs;
        }
        try
        {
            // Counted first, since many tiny items take many times their size when they are read.
            if (!HasRightLength(body.Span))
            {
                malformed = $"The array must have 1 to {MaxItems.ToString("N0", CultureInfo.InvariantCulture)} items.";
                return inputs;
            }
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            foreach (var (i, item) in json.RootElement.EnumerateArray().Index())
            {
                if (errors.IsFull)
                    break;
                inputs.Add(ReadItem(i, item, check, errors));
            }
        }
        catch (JsonException exception)
        {
            malformed = Describe(exception);
        }
        return inputs;
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Its bytes; none are as an object without members.</param>
    /// <param name="format">What its media type says it is.</param>
    /// <param name="errors">Gets what is wrong with its fields.</param>
    /// <param name="malformed">What is wrong with it as a whole, so that nothing could be read; otherwise null.</param>
    public BatchPatch Read(ReadOnlyMemory<byte> body, BodyFormat format, ValidationErrors errors, out string? malformed)
    {
        malformed = null;
        body = BodyBuffer.TrimByteOrderMark(body);
        if (body.IsEmpty)
            return BatchPatch.Empty;

        // No field begins with a brace: this is JSON, sent without its label, which curl does unless told otherwise.
        if (format == BodyFormat.Form && body.Span[0] != (byte)'{')
            return ReadForm(body, errors);
        if (!Utf8.IsValid(body.Span))
        {
            if (IsForm(body))
                return ReadForm(body, errors);
            malformed = NotUtf8;
            return BatchPatch.Empty;
        }

        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return ReadObject(json.RootElement, errors);
            malformed = $"The body must be a JSON object, but is {Describe(json.RootElement.ValueKind)}.";
        }
        catch (JsonException) when (IsForm(body))
        {
            // The vendor's reference labels the form lines of its create example as JSON.
            return ReadForm(body, errors);
        }
        catch (JsonException exception)
        {
            malformed = Describe(exception);
        }
        return BatchPatch.Empty;
    }

    private BatchPatch ReadItem(int i, JsonElement item, Action<BatchPatch, ValidationErrors> check, ValidationErrors errors)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
        if (item.ValueKind != JsonValueKind.Object)
        {
            errors.Add(name, $"must be an object, but is {Describe(item.ValueKind)}.");
            return BatchPatch.Empty;
        }
        var own = new ValidationErrors();
        var input = ReadObject(item, own);
        check(input, own);
        foreach (var (field, messages) in own)
        {
            foreach (var message in messages)
                errors.Add($"{name}.{field}", message);
        }
        return input;
    }

    private static bool HasRightLength(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        for (var count = 0; reader.Read(); count++)
        {
            if (reader.TokenType == JsonTokenType.EndArray)
                return count > 0;
            if (count == MaxItems)
                return false;
            reader.Skip();
        }
        return true;
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
                errors.Add(name, "must not hold an object that has a name more than once.");
            }
            else if (FindField(name, errors) is { } field && (field.IsWritable || member.Value.ValueKind != JsonValueKind.Null))
            {
                passed = passed.With(field);
                field.Set(values, new FieldValueParser(field, name, errors).FromJson(member.Value));
            }
        }
        return new BatchPatch(values, passed);
    }

    private BatchPatch ReadForm(ReadOnlyMemory<byte> body, ValidationErrors errors)
    {
        var given = new OrderedDictionary<Field, (string Name, List<string> Values)>();
        foreach (var (name, value) in FormReader.Read(body))
        {
            var plain = name.EndsWith("[]", StringComparison.Ordinal) ? name[..^2] : name;
            var field = BatchFields.Find(plain) is { Kind: FieldKind.TextList } list && list.IsWritable ? list : FindField(name, errors);
            if (field is null)
                continue;
            if (!given.TryGetValue(field, out var entry))
                given.Add(field, entry = (name, []));
            if (value is null)
                errors.Add(name, "is not valid UTF-8.");
            entry.Values.Add(value ?? "");
        }

        var values = new Batch();
        var passed = new FieldSet();
        foreach (var (field, (name, texts)) in given)
        {
            passed = passed.With(field);
            if (!errors.Has(name))
                field.Set(values, new FieldValueParser(field, name, errors).FromForm(texts));
        }
        return new BatchPatch(values, passed, given.ToDictionary(pair => pair.Key.Name, pair => pair.Value.Name));
    }

    /// <summary>The field of that name, if a client may write it; the server's own are ignored, since a client may send back what it
    /// got.</summary>
    private Field? FindField(string name, ValidationErrors errors)
    {
        var field = BatchFields.Find(name);
        if (field is null && strict && !errors.IsFull && !errors.Has(name))
            errors.Add(name, $"is not a field of a batch.{Suggestion.For(name, WritableNames)}");
        return field is not null && (withServerFields || field.IsWritable) ? field : null;
    }

    private static bool HasDuplicateName(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().Any(HasDuplicateName),
        JsonValueKind.Object => json.EnumerateObject().DistinctBy(GetName).Count() < json.EnumerateObject().Count()
            || json.EnumerateObject().Any(member => HasDuplicateName(member.Value)),
        _ => false,
    };

    private static bool IsForm(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.Contains((byte)'='))
            return false;
        var first = FormReader.Read(body).Select(pair => pair.Name).FirstOrDefault("");
        return BatchFields.Find(first.EndsWith("[]", StringComparison.Ordinal) ? first[..^2] : first) is not null;
    }

    private static string GetName(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // The name escapes half of a surrogate pair; no field is called so.
            return "\uFFFD";
        }
    }

    private static string Describe(JsonException exception) =>
        $"The body is not valid JSON: at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. "
        + $"JSON must be complete, without comments or trailing commas, and nest at most {MaxDepth} deep.";

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

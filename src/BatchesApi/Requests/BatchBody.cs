using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using BatchesApi.Model;

namespace BatchesApi.Requests;

/// <summary>Reads the body of a create or an update (contract, sections 1 and 4): bytes in, typed values or all faults out.</summary>
/// <param name="strict">Whether an unknown field is a fault.</param>
/// <param name="withServerFields">Whether the server's own fields are read too, and not ignored; null leaves such a field to the server.</param>
internal sealed class BatchBody(bool strict, bool withServerFields = false)
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
    /// <param name="faults">Gets what is wrong with the items, under names such as <c>[3].rating</c>. When it is full, the rest is not read.</param>
    /// <param name="malformed">What is wrong with it as a whole, so that nothing could be read; otherwise null.</param>
    public IReadOnlyList<BatchInput> ReadArray(ReadOnlyMemory<byte> body, Action<BatchInput, Faults> check, Faults faults, out string? malformed)
    {
        malformed = null;
        var inputs = new List<BatchInput>();
        body = BodyBytes.WithoutMark(body);
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
                if (faults.IsFull)
                    break;
                inputs.Add(ReadItem(i, item, check, faults));
            }
        }
        catch (JsonException fault)
        {
            malformed = Describe(fault);
        }
        return inputs;
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">Its bytes; none are as an object without members.</param>
    /// <param name="format">What its media type says it is.</param>
    /// <param name="faults">Gets what is wrong with its fields.</param>
    /// <param name="malformed">What is wrong with it as a whole, so that nothing could be read; otherwise null.</param>
    public BatchInput Read(ReadOnlyMemory<byte> body, BodyFormat format, Faults faults, out string? malformed)
    {
        malformed = null;
        body = BodyBytes.WithoutMark(body);
        if (body.IsEmpty)
            return BatchInput.Empty;

        // No field begins with a brace: this is JSON, sent without its label, which curl does unless told otherwise.
        if (format == BodyFormat.Form && body.Span[0] != (byte)'{')
            return ReadForm(body, faults);
        if (!Utf8.IsValid(body.Span))
        {
            if (IsForm(body))
                return ReadForm(body, faults);
            malformed = NotUtf8;
            return BatchInput.Empty;
        }

        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return ReadObject(json.RootElement, faults);
            malformed = $"The body must be a JSON object, but is {Describe(json.RootElement.ValueKind)}.";
        }
        catch (JsonException) when (IsForm(body))
        {
            // The vendor's reference labels the form lines of its create example as JSON.
            return ReadForm(body, faults);
        }
        catch (JsonException fault)
        {
            malformed = Describe(fault);
        }
        return BatchInput.Empty;
    }

    private BatchInput ReadItem(int i, JsonElement item, Action<BatchInput, Faults> check, Faults faults)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
        if (item.ValueKind != JsonValueKind.Object)
        {
            faults.Add(name, $"must be an object, but is {Describe(item.ValueKind)}.");
            return BatchInput.Empty;
        }
        var own = new Faults();
        var input = ReadObject(item, own);
        check(input, own);
        foreach (var (field, messages) in own)
        {
            foreach (var message in messages)
                faults.Add($"{name}.{field}", message);
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

    private BatchInput ReadObject(JsonElement json, Faults faults)
    {
        var values = new Batch();
        var passed = new FieldSet();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var name = NameOf(member);
            if (!seen.Add(name))
            {
                faults.Add(name, "must not be given more than once.");
            }
            else if (HasDuplicateName(member.Value))
            {
                faults.Add(name, "must not hold an object that has a name more than once.");
            }
            else if (FieldNamed(name, faults) is { } field && (field.IsWritable || member.Value.ValueKind != JsonValueKind.Null))
            {
                passed = passed.With(field);
                field.Set(values, new FieldReader(field, name, faults).FromJson(member.Value));
            }
        }
        return new BatchInput(values, passed);
    }

    private BatchInput ReadForm(ReadOnlyMemory<byte> body, Faults faults)
    {
        var given = new OrderedDictionary<Field, (string Name, List<string> Values)>();
        foreach (var (name, value) in FormBody.Read(body))
        {
            var plain = name.EndsWith("[]", StringComparison.Ordinal) ? name[..^2] : name;
            var field = BatchFields.Named(plain) is { Kind: FieldKind.TextList } list && list.IsWritable ? list : FieldNamed(name, faults);
            if (field is null)
                continue;
            if (!given.TryGetValue(field, out var entry))
                given.Add(field, entry = (name, []));
            if (value is null)
                faults.Add(name, "is not valid UTF-8.");
            entry.Values.Add(value ?? "");
        }

        var values = new Batch();
        var passed = new FieldSet();
        foreach (var (field, (name, texts)) in given)
        {
            passed = passed.With(field);
            if (!faults.Has(name))
                field.Set(values, new FieldReader(field, name, faults).FromForm(texts));
        }
        return new BatchInput(values, passed, given.ToDictionary(pair => pair.Key.Name, pair => pair.Value.Name));
    }

    /// <summary>The field of that name, if a client may write it; the server's own are ignored, since a client may send back what it
    /// got.</summary>
    private Field? FieldNamed(string name, Faults faults)
    {
        var field = BatchFields.Named(name);
        if (field is null && strict && !faults.IsFull && !faults.Has(name))
            faults.Add(name, $"is not a field of a batch.{Suggestion.For(name, WritableNames)}");
        return field is not null && (withServerFields || field.IsWritable) ? field : null;
    }

    private static bool HasDuplicateName(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().Any(HasDuplicateName),
        JsonValueKind.Object => json.EnumerateObject().DistinctBy(NameOf).Count() < json.EnumerateObject().Count()
            || json.EnumerateObject().Any(member => HasDuplicateName(member.Value)),
        _ => false,
    };

    private static bool IsForm(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.Contains((byte)'='))
            return false;
        var first = FormBody.Read(body).Select(pair => pair.Name).FirstOrDefault("");
        return BatchFields.Named(first.EndsWith("[]", StringComparison.Ordinal) ? first[..^2] : first) is not null;
    }

    private static string NameOf(JsonProperty member)
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

    private static string Describe(JsonException fault) =>
        $"The body is not valid JSON: at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}. "
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

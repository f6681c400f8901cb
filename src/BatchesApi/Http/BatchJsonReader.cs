using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads batches from JSON.</summary>
internal sealed class BatchJsonReader(FieldLookup fields)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = BatchBodyReader.MaxDepth };

    public Result<BatchPatch> Read(ReadOnlyMemory<byte> text, ValidationErrors errors, BodyPurpose purpose) =>
        JsonBody.Read(text, Options, purpose, json => json.ValueKind == JsonValueKind.Object
            ? ReadObject(json, errors, purpose)
            : Malformed(BodyShape.DescribeOther(json, purpose)));

    /// <summary>Reads an array of objects.</summary>
    /// <param name="text">The array.</param>
    /// <param name="validate">Validates an item.</param>
    /// <param name="errors">Receives the errors of the items, with names such as <c>[3].rating</c>. Once it is full, the other items are
    /// not read.</param>
    public Result<BatchPatch[]> ReadArray(ReadOnlyMemory<byte> text, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors)
    {
        if (!Utf8.IsValid(text.Span))
            return Malformed(MalformedJson.DescribeEncoding(text.Span));
        try
        {
            // Count first: parsed, many tiny items take a multiple of their size.
            if (CountItems(text.Span) is var count and (0 or > BatchBodyReader.MaxItems))
                return Malformed(DescribeLength(count));
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
            return Malformed(MalformedJson.Describe(text.Span, exception, BodyPurpose.Create));
        }
    }

    /// <summary>Counts the items of an array, up to one more than are allowed.</summary>
    private static int CountItems(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array, new JsonReaderOptions { MaxDepth = BatchBodyReader.MaxDepth });
        reader.Read();
        var count = 0;
        for (; count <= BatchBodyReader.MaxItems && reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            reader.Skip();
        return count;
    }

    private BatchPatch ReadItem(int i, JsonElement item, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"[{i}]");
        if (item.ValueKind != JsonValueKind.Object)
        {
            errors.Add(name, $"must be an object, but is {BodyShape.Describe(item)}.");
            return BatchPatch.Empty with { ItemName = name };
        }
        var itemErrors = new ValidationErrors();
        var read = ReadObject(item, itemErrors, BodyPurpose.Create);
        var patch = read.Problem is null ? read.Value : BatchPatch.Empty;
        if (read.Problem is null)
            validate(patch, itemErrors);
        else
            itemErrors = read.Problem.Errors!;
        errors.AddNested(name, itemErrors);
        return patch with { ItemName = name };
    }

    /// <summary>Reads an object with the fields of a batch.</summary>
    /// <param name="json">The object.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="purpose">What the fields are for.</param>
    public Result<BatchPatch> ReadObject(JsonElement json, ValidationErrors errors, BodyPurpose purpose)
    {
        var values = new Batch();
        var passed = new FieldSet();
        Dictionary<Field, IdListChange>? changes = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (errors.IsFull)
                break;
            var name = JsonText.GetName(member);
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
                if (purpose == BodyPurpose.Change && field.Kind == FieldKind.TextList && IdListChangeReader.IsChange(member.Value))
                    (changes ??= []).Add(field, IdListChangeReader.Read(field, name, member.Value, errors));
                else
                    field.Set(values, new FieldValueParser(field, name, errors).ParseJson(member.Value));
            }
        }
        if (errors.HasErrors && !errors.IsFull && passed == default && BodyShape.FindWrapper(json, purpose) is { } problem)
            return problem;
        return changes is null ? new BatchPatch(values, passed) : new BatchPatch(values, passed) { ListChanges = changes };
    }

    private static bool HasDuplicateName(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().Any(HasDuplicateName),
        JsonValueKind.Object => json.EnumerateObject().DistinctBy(JsonText.GetName).Count() < json.EnumerateObject().Count()
            || json.EnumerateObject().Any(member => HasDuplicateName(member.Value)),
        _ => false,
    };

    private static string DescribeLength(int count) => string.Create(
        CultureInfo.InvariantCulture,
        $"The array must have 1 to {BatchBodyReader.MaxItems:N0} items, but {(count == 0 ? "is empty" : "has more")}.");

    private static Problem Malformed(string detail) => new(ProblemCode.MalformedBody, detail);
}

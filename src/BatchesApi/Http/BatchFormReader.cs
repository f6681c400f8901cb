using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads a batch from a form.</summary>
internal sealed class BatchFormReader(FieldLookup fields)
{
    private const string ArraySuffix = "[]";

    /// <summary>Whether a body is a form: its first name is a field.</summary>
    public static bool IsForm(ReadOnlyMemory<byte> body) =>
        body.Span.Contains((byte)'=')
        && BatchFields.Find(TrimSuffix(FormReader.Read(body).Select(pair => pair.Name).FirstOrDefault(""))) is not null;

    /// <summary>Reads a form. An array is given as JSON, or item by item with or without <c>[]</c> after the name.</summary>
    public BatchPatch Read(ReadOnlyMemory<byte> body, ValidationErrors errors)
    {
        var given = new OrderedDictionary<Field, (string Name, List<string> Values)>();
        foreach (var (name, value) in FormReader.Read(body))
        {
            if (FindField(name, errors) is not { } field)
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
                field.Set(values, new FieldValueParser(field, name, errors).ParseForm(texts));
        }
        return new BatchPatch(values, passed, given.ToDictionary(pair => pair.Key.Name, pair => pair.Value.Name));
    }

    private Field? FindField(string name, ValidationErrors errors) =>
        BatchFields.Find(TrimSuffix(name)) is { Kind: FieldKind.TextList, IsWritable: true } list ? list : fields.Find(name, errors);

    private static string TrimSuffix(string name) =>
        name.EndsWith(ArraySuffix, StringComparison.Ordinal) ? name[..^ArraySuffix.Length] : name;
}

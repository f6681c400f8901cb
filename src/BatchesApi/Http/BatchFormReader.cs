using System.Globalization;
using System.Text.RegularExpressions;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads a batch from a form.</summary>
internal sealed partial class BatchFormReader(FieldLookup fields)
{
    /// <summary>Whether a body is a form: its first name is a field.</summary>
    public static bool IsForm(ReadOnlyMemory<byte> body) =>
        body.Span.Contains((byte)'=')
        && FormReader.Read(body).Select(pair => pair.Name.Trim()).FirstOrDefault("") is var first
        && (BatchFields.Find(ItemName().Replace(first, "")) is not null || FieldLookup.IsMongoose(first));

    /// <summary>Reads a form. An array is given as JSON, or item by item, with or without <c>[]</c> or an index after the name.</summary>
    public BatchPatch Read(ReadOnlyMemory<byte> body, ValidationErrors errors)
    {
        foreach (var name in FormReader.FindCutValues(body))
            errors.Add(ReadName(name).Name, FormReader.CutValue);
        var given = new OrderedDictionary<Field, (string Name, List<(int Index, string Value)> Values)>();
        foreach (var (sent, value) in FormReader.Read(body))
        {
            var (name, index) = ReadName(sent);
            if (FindField(name, errors) is not { } field)
                continue;
            if (!given.TryGetValue(field, out var entry))
                given.Add(field, entry = (name, []));
            if (name != name.Trim() && !errors.Has(name))
                errors.Add(name, "has a space before or after it. Remove the spaces around '=' and '&'.");
            if (value is null)
                errors.Add(name, "is not valid UTF-8.");
            entry.Values.Add((index, value ?? ""));
        }

        var values = new Batch();
        var passed = new FieldSet();
        foreach (var (field, (name, items)) in given)
        {
            passed = passed.With(field);
            if (errors.Has(name))
                continue;
            string[] texts = [.. items.OrderBy(item => item.Index).Select(item => item.Value)];
            field.Set(values, new FieldValueParser(field, name, errors).ParseForm(texts));
        }
        return new BatchPatch(values, passed, given.ToDictionary(pair => pair.Key.Name, pair => pair.Value.Name));
    }

    private Field? FindField(string name, ValidationErrors errors)
    {
        var trimmed = name.Trim();
        return FindList(trimmed) ?? (BatchFields.Find(trimmed) is { IsWritable: true } field ? field : fields.Find(name, errors));
    }

    private static Field? FindList(string name) =>
        BatchFields.Find(ItemName().Replace(name, "")) is { Kind: FieldKind.TextList, IsWritable: true } list ? list : null;

    /// <summary>The name for errors and the index of an item. Items with an index, as in <c>leadIds[1]</c>, have the name of the
    /// list.</summary>
    private static (string Name, int Index) ReadName(string sent) =>
        FindList(sent) is { } list && ItemName().Match(sent).Groups["index"] is { Length: > 0 } index
            ? (list.Name, int.Parse(index.ValueSpan, CultureInfo.InvariantCulture))
            : (sent, 0);

    [GeneratedRegex(@"\[(?<index>[0-9]{0,6})\]$", RegexOptions.CultureInvariant)]
    private static partial Regex ItemName();
}

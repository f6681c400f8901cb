using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>Reads a change of an array of ids, such as <c>{"add":["x"],"remove":["y"]}</c> (specification, section 2.1).</summary>
internal static class IdListChangeReader
{
    private const string AddName = "add";
    private const string RemoveName = "remove";
    private const string Example = """{"add":["a"],"remove":["b"]}""";

    private static readonly string[] Names = [AddName, RemoveName];

    /// <summary>Whether a value is a change, instead of a new array: an object with such a member, or an empty one.</summary>
    public static bool IsChange(JsonElement json) => json.ValueKind == JsonValueKind.Object
        && (!json.EnumerateObject().Any() || json.EnumerateObject().Any(member => Names.Contains(JsonText.GetName(member))));

    /// <param name="field">The array field.</param>
    /// <param name="name">Its name as the client spelled it.</param>
    /// <param name="json">The object.</param>
    /// <param name="errors">Receives the errors.</param>
    public static IdListChange Read(Field field, string name, JsonElement json, ValidationErrors errors)
    {
        var (add, remove) = (Array.Empty<string>(), Array.Empty<string>());
        foreach (var member in json.EnumerateObject())
        {
            switch (JsonText.GetName(member))
            {
                case AddName:
                    add = ReadItems(field, $"{name}.{AddName}", member.Value, errors);
                    break;
                case RemoveName:
                    remove = ReadItems(field, $"{name}.{RemoveName}", member.Value, errors);
                    break;
                case var other:
                    errors.Add(
                        $"{name}.{other}",
                        $"is not a member of a list change: send an array, or {Example}.{Suggestion.For(other, Names)}");
                    break;
            }
        }
        foreach (var item in add.Intersect(remove, StringComparer.Ordinal))
            errors.Add(name, $"must not add and remove '{Utf16.Shorten(item, field.MaxLength!.Value)}' at the same time.");
        return new IdListChange(add, remove);
    }

    /// <summary>Reads the distinct items of an array; empty if there are errors.</summary>
    private static string[] ReadItems(Field field, string name, JsonElement json, ValidationErrors errors)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            errors.Add(name, $"must be an array of strings, but is {BodyShape.Describe(json)}.");
            return [];
        }
        var items = (string[])new FieldValueParser(field, name, errors).ParseJson(json)!;
        return errors.Has(name) ? [] : [.. items.Distinct(StringComparer.Ordinal)];
    }
}

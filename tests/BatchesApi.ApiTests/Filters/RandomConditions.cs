using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Random values of <c>p</c>: every operator on every field, with values of <see cref="RandomRecords"/> and others.</summary>
internal static class RandomConditions
{
    private const int Depth = 3;

    private static readonly string[] Comparisons = ["$gt", "$gte", "$lt", "$lte"];

    /// <summary>Values of <c>p</c>.</summary>
    public static Gen<string> All { get; } = Query(Depth);

    /// <summary>A condition in <c>fields</c> and the same in <c>p</c>.</summary>
    public static Gen<(string Term, string P)> Terms { get; } = Gen.OneOf(Fields.Select(field => Term(field.Name, field.Value)).ToArray());

    /// <summary>Whether brackets can express a value of <c>p</c>: they have no empty arrays.</summary>
    public static bool CanBeBracketed(string p) => !p.Contains("[]", StringComparison.Ordinal);

    /// <summary>The bracketed form of a value of <c>p</c>.</summary>
    /// <param name="p">The JSON.</param>
    /// <param name="style">0 for indexes with gaps, 1 for empty brackets, 2 for indexes in descending order.</param>
    public static string Bracketed(string p, int style) => string.Join('&', Bracketed("p", JsonNode.Parse(p)!, style));

    private static IEnumerable<string> Bracketed(string name, JsonNode? value, int style) => value switch
    {
        JsonObject members => members.SelectMany(member => Bracketed($"{name}[{member.Key}]", member.Value, style)),
        JsonArray items => (style == 2 ? items.Index().Reverse() : items.Index()).SelectMany(item =>
            Bracketed(
                $"{name}[{(item.Item is JsonObject || style != 1 ? $"{(style == 0 ? 3 : 1) * item.Index}" : "")}]", item.Item, style)),
        _ => [$"{name}={Uri.EscapeDataString(value?.ToJsonString() ?? "null")}"],
    };

    private static (string Name, Gen<string> Value, bool IsList)[] Fields =>
    [
        ("id", Texts(RandomRecords.Texts), false),
        ("batchCode", Texts(["B-1", "B-10", "B-2", "b-3", ""]), false),
        ("batchType", Texts(RandomRecords.Texts), false),
        ("assignee", Texts(RandomRecords.Texts), false),
        ("summary", Texts(RandomRecords.Texts), false),
        ("dueDate", Texts(Dates), false),
        ("createdAt", Texts(Dates), false),
        ("deletedAt", Texts(Dates), false),
        ("repeated", Any("true", "false"), false),
        ("rating", Any("0", "1", "2", "3", "4", "5", "4.0", "20e-1", "-1", "7", "1e20", "-1e20"), false),
        ("version", Any("1", "2", "3", "4", "0", "2147483647", "2147483648", "-5"), false),
        ("leadIds", Texts(RandomRecords.Ids), true),
        ("opportunityIds", Texts(RandomRecords.Ids), true),
    ];

    private static string[] Dates =>
    [
        .. RandomRecords.Dates,
        "2026-12-01", "2026-12-01T03:00:00+03:00", "2026-12-01T00:00:00.000001Z", "2026-12-01T00:00:00.0000015Z",
        "2026-12-01T00:00:00.0000001", "2026-11-30T23:59:59.9999999Z", "2026-12-01t00:00:00z", "2026-12-01 02:30:00+02:30",
        "2026-11-30T19:00:00-05:00", "0001-01-01", "9999-12-31T23:59:59.9999999Z",
    ];

    private static Gen<string> Any(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> Texts(string[] values) => Any([.. values.Select(value => JsonSerializer.Serialize(value))]);

    private static Gen<string> Query(int depth)
    {
        var onFields = Gen.OneOf(Fields.Select(OnField).ToArray()).Array[1, 2].Select(Object);
        if (depth == 0)
            return onFields;
        var logical = Gen.Select(
            Any("$and", "$or", "$nor"), Query(depth - 1).Array[1, 3], (op, parts) => (op, $"[{string.Join(',', parts)}]"));
        return Gen.Frequency(
            (2, onFields),
            (3, logical.Select(one => Object([one]))),
            (1, Gen.Select(logical, logical, Gen.OneOf(Fields.Select(OnField).ToArray()), (a, b, c) => Object([a, b, c]))));
    }

    private static Gen<(string, string)> OnField((string Name, Gen<string> Value, bool IsList) field)
    {
        var whole = field.IsList ? Gen.OneOf(OrNull(field.Value), List(field.Value)) : OrNull(field.Value);
        return Gen.Frequency((1, whole), (4, Operators(field.Value, field.IsList, depth: 2))).Select(condition => (field.Name, condition));
    }

    private static Gen<string> Operators(Gen<string> value, bool isList, int depth)
    {
        var whole = isList ? Gen.OneOf(OrNull(value), List(value)) : OrNull(value);
        var kinds = new List<Gen<(string, string)>>
        {
            Named(Any("$eq", "$ne"), whole),
            Named(Any(Comparisons), value),
            Named(Any(Comparisons), value),
            Named(Any("$in", "$nin"), List(OrNull(value))),
            Named(Gen.Const("$exists"), Any("true", "false")),
        };
        if (depth > 0)
            kinds.Add(Named(Gen.Const("$not"), Operators(value, isList, depth - 1)));
        if (isList)
        {
            kinds.Add(Named(Gen.Const("$all"), List(OrNull(value))));
            kinds.Add(Named(Gen.Const("$size"), Any("0", "1", "2", "3.0", "1e20")));
            kinds.Add(Named(Gen.Const("$elemMatch"), Operators(value, isList: false, depth)));
        }
        return Gen.OneOf(kinds.ToArray()).Array[1, 2].Select(Object);
    }

    private static Gen<(string, string)> Named(Gen<string> name, Gen<string> operand) => Gen.Select(name, operand);

    private static Gen<string> OrNull(Gen<string> value) => Gen.Frequency((5, value), (1, Gen.Const("null")));

    private static Gen<string> List(Gen<string> value) => value.Array[0, 4].Select(items => $"[{string.Join(',', items)}]");

    private static string Object(IEnumerable<(string Name, string Value)> members) =>
        $"{{{string.Join(',', members.DistinctBy(member => member.Name).Select(member => $"\"{member.Name}\":{member.Value}"))}}}";

    private static Gen<(string Term, string P)> Term(string field, Gen<string> value)
    {
        var one = Gen.Select(Any("eq", "NE"), OrNull(value));
        var compared = Gen.Select(Any("gt", "gte", "Lt", "lte"), value);
        return Gen.OneOf(
            OrNull(value).Select(v => ($"{field}:{Word(v)}", $"{{\"{field}\":{v}}}")),
            Gen.OneOf(one, compared).Select((op, v) => ($"{field}:{op}:{Word(v)}", $"{{\"{field}\":{{\"${Lower(op)}\":{v}}}}}")),
            OrNull(value).Array[1, 4].Select(all =>
                ($"{field}:in:{string.Join('|', all.Select(Word))}", $"{{\"{field}\":{{\"$in\":[{string.Join(',', all)}]}}}}")));
    }

    /// <summary>A value of <c>p</c> as <c>fields</c> writes it.</summary>
    private static string Word(string json) => !json.StartsWith('"')
        ? json
        : "\""
            + JsonSerializer.Deserialize<string>(json)!.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
            + "\"";

    private static string Lower(string op) => op.ToLower(CultureInfo.InvariantCulture);
}

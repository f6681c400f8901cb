using System.Collections.Immutable;
using CsCheck;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>A condition of a selection.</summary>
/// <param name="Json">The condition in the language of <c>where</c>.</param>
/// <param name="Meets">Whether a batch with some values meets it.</param>
internal sealed record RandomCondition(string Json, Func<ImmutableDictionary<string, string>, bool> Meets)
{
    private static readonly string[] SearchedFields = ["batchCode", "batchType", "manager", "assignee", "summary", "notes"];

    /// <summary>Whether a search finds a batch with some values.</summary>
    public static bool Finds(ImmutableDictionary<string, string> values, string search) =>
        SearchedFields.Any(field => values[field].Contains(search, StringComparison.Ordinal));
}

/// <summary>Random writes over few codes and values, so that they often meet.</summary>
internal static class RandomSteps
{
    private static readonly Gen<string> Code = Gen.Int[0, 9].Select(i => $"\"code-{i}\"");

    private static readonly Gen<string> Type = Any("\"renewal\"", "\"audit\"");

    private static readonly Gen<string> Items = Any("x", "y", "z", "\u00E9 \\\"{}", "NULL").Array[0, 4].Select(ModelFields.Write);

    private static readonly Gen<string> ListChange = Gen.Select(
        Any("w", "x", "y").Array[0, 3], Any("z", "\u00E9 \\\"{}", "q").Array[0, 2], Gen.Int[0, 19])
        .Select((add, remove, kind) => kind switch
        {
            0 => """{"add":["x"],"remove":["x","y"]}""",
            < 4 => $$"""{"remove":{{ModelFields.Write([.. remove, .. add])}}}""",
            < 8 => $$"""{"add":{{ModelFields.Write([.. add, .. remove])}}}""",
            _ => $$"""{"add":{{ModelFields.Write(add)}},"remove":{{ModelFields.Write(remove)}}}""",
        });

    private static readonly Gen<(string, string)> Field = Gen.OneOf(
        Named(ModelFields.Type, Type),
        Named("manager", Any("null", "\"mia\"")),
        Named("assignee", Any("null", "\"amy\"", "\"bob\"")),
        Named("dueDate", Any("null", "\"2026-12-01T00:00:00Z\"", "\"2027-01-31T23:59:59.123456Z\"")),
        Named("repeated", Any("null", "true", "false")),
        Named("summary", Any("null", "\"red brick\"", "\"\"")),
        Named("notes", Any("null", "\"a red car\"", "\"1\\n2\"")),
        Named("rating", Any("null", "0", "3", "5")),
        Named("leadIds", Items),
        Named("opportunityIds", Items));

    private static readonly Gen<ImmutableDictionary<string, string>> Fields = Field.Array[0, 4].Select(ToFields);

    /// <summary>The fields of a PATCH.</summary>
    private static readonly Gen<ImmutableDictionary<string, string>> Changes = Gen.Frequency(
        (2, Field), (2, Gen.OneOf(Named("leadIds", ListChange), Named("opportunityIds", ListChange)))).Array[0, 3].Select(ToFields);

    private static readonly Gen<ImmutableDictionary<string, string>> Item = Gen.Select(Code, Type, Fields, Gen.Int[0, 59])
        .Select((code, type, fields, kind) =>
        {
            var item = fields.SetItem(ModelFields.Code, code);
            return kind switch
            {
                0 => fields,
                1 => item.SetItem("leadIds", """{"add":["x"]}"""),
                < 6 => item,
                _ => item.SetItem(ModelFields.Type, type),
            };
        });

    private static readonly RandomCondition[] Conditions =
    [
        new("""{"batchCode":{"$exists":true}}""", _ => true),
        new("""{"assignee":"amy"}""", values => values["assignee"] == "\"amy\""),
        new("""{"assignee":null}""", values => values["assignee"] == "null"),
        new(
            """{"assignee":{"$ne":"bob"},"batchType":"audit"}""",
            values => values["assignee"] != "\"bob\"" && values["batchType"] == "\"audit\""),
        new("""{"rating":{"$gte":3}}""", values => values["rating"] is "3" or "5"),
        new("""{"leadIds":"x"}""", values => values["leadIds"].Contains("\"x\"", StringComparison.Ordinal)),
        new("""{"opportunityIds":[]}""", values => values["opportunityIds"] == "[]"),
        new(
            """{"$or":[{"dueDate":{"$exists":false}},{"repeated":true}]}""",
            values => values["dueDate"] == "null" || values["repeated"] == "true"),
        new("""{"batchCode":{"$in":["code-1","code-2"]}}""", values => values[ModelFields.Code] is "\"code-1\"" or "\"code-2\""),
        new("""{"summary":{"$contains":"red"}}""", values => values["summary"].Contains("red", StringComparison.Ordinal)),
    ];

    private static readonly Gen<Selection> Selections = Gen.Select(
        Gen.Frequency((1, Gen.Const((int[]?)null)), (1, Gen.Int[0, 99].Array[1, 6].Select(picks => (int[]?)picks))),
        Gen.Int[0, 19].Select(kind => kind == 0),
        Any(Conditions),
        Gen.Frequency((3, Gen.Const((string?)null)), (1, Any<string?>("red", "code-7", "brick"))))
        .Select((picks, hasUnknown, where, search) => new Selection(picks, hasUnknown, where, search));

    private static readonly Gen<BulkStep> Create = Gen.Select(
        Gen.Select(Item.Array[1, 5], Gen.Int[0, 9]).Select((items, kind) => kind == 0 ? items : DistinctCodes(items)),
        Gen.Frequency((2, Gen.Const("error")), (3, Gen.Const("update")), (1, Gen.Const("skip"))),
        Gen.Frequency((3, Gen.Const(CreateStep.Bulk)), (1, Gen.Const(CreateStep.Single)), (1, Gen.Const(CreateStep.Bare))))
        .Select((items, onConflict, address) => (BulkStep)new CreateStep(items, onConflict, address));

    private static readonly Gen<BulkStep> Change = Gen.Select(
        Gen.Frequency((3, Gen.Const("update")), (2, Gen.Const("delete")), (2, Gen.Const("restore"))),
        Selections,
        Gen.Select(Changes, Code, Gen.Int[0, 29]).Select((set, code, kind) => kind == 0 ? set.SetItem(ModelFields.Code, code) : set),
        Gen.Frequency((3, Gen.Const((int?)null)), (2, Gen.Const((int?)0)), (1, Any<int?>(1, -1))),
        Gen.Int[0, 5].Select(kind => kind == 0))
        .Select((action, selection, set, expectedMore, isDryRun) =>
            (BulkStep)new BulkChangeStep(action, selection, set, expectedMore, isDryRun));

    private static readonly Gen<BulkStep> Undo = Gen.Frequency(
        (10, Gen.Int[0, 3]), (4, Gen.Int[0, 30]), (1, Gen.Const(-1)), (1, Gen.Const(-2))).Select(age => (BulkStep)new UndoStep(age));

    private static readonly Gen<ImmutableDictionary<string, string>> MaybeRenamed = Gen.Select(Changes, Code, Gen.Bool)
        .Select((set, code, isRenamed) => isRenamed ? set.SetItem(ModelFields.Code, code) : set);

    private static readonly Gen<BulkStep> Single = Any("PATCH", "PATCH", "PUT", "DELETE", "POST").SelectMany(method => Gen.Select(
        Gen.Int[0, 99],
        method == "PUT" ? Item : MaybeRenamed,
        Gen.Frequency((4, Gen.Const((int?)null)), (1, Gen.Const((int?)0)), (1, Any<int?>(1, -1))))
        .Select((number, set, newerBy) => (BulkStep)new SingleStep(method, number, set, newerBy)));

    /// <summary>Writes, each with the policy of its credential.</summary>
    public static Gen<(BulkStep Step, Policy Policy)> All { get; } = Gen.Select(
        Gen.Frequency((3, Create), (5, Change), (4, Undo), (4, Single)),
        Gen.Frequency((2, Gen.Const(Policy.Everything)), (1, Gen.Const(Policy.Narrow))));

    /// <summary>The first batches of an account, so that most writes find some.</summary>
    public static Gen<BulkStep> First { get; } = Gen.Select(Code, Type, Fields).Array[12].Select(items => (BulkStep)new CreateStep(
        DistinctCodes([.. items.Select(item => item.Item3.SetItem(ModelFields.Code, item.Item1).SetItem(ModelFields.Type, item.Item2))]),
        "error",
        CreateStep.Bulk));

    private static ImmutableDictionary<string, string>[] DistinctCodes(ImmutableDictionary<string, string>[] items) =>
        [.. items.DistinctBy(item => item.GetValueOrDefault(ModelFields.Code))];

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<(string, string)> Named(string name, Gen<string> value) => value.Select(json => (name, json));

    private static ImmutableDictionary<string, string> ToFields((string Name, string Json)[] fields) =>
        ImmutableDictionary<string, string>.Empty.SetItems(fields.Select(field => KeyValuePair.Create(field.Name, field.Json)));
}

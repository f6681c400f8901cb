using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Filters;

/// <summary>MongoDB's query language as its manual describes it, on JSON, independent of the server's code. A missing or null member is a
/// missing field.</summary>
internal static class MongoSemantics
{
    /// <summary>Whether a document meets a query.</summary>
    public static bool Matches(JsonObject document, JsonObject query) => query.All(member => member.Key switch
    {
        "$and" => Each(member.Value).All(part => Matches(document, part)),
        "$or" => Each(member.Value).Any(part => Matches(document, part)),
        "$nor" => !Each(member.Value).Any(part => Matches(document, part)),
        _ => Meets(document[member.Key], member.Value, member.Key.EndsWith("At", StringComparison.Ordinal) || member.Key == "dueDate"),
    });

    private static IEnumerable<JsonObject> Each(JsonNode? parts) => parts!.AsArray().Select(part => part!.AsObject());

    private static bool Meets(JsonNode? value, JsonNode? condition, bool isDate) => condition is JsonObject operators
        ? operators.All(op => Holds(op.Key, op.Value, value, isDate))
        : Holds("$eq", condition, value, isDate);

    private static bool Holds(string op, JsonNode? operand, JsonNode? value, bool isDate)
    {
        switch (op)
        {
            case "$eq":
                return AreSame(value, operand, isDate)
                    || (value is JsonArray array && array.Any(element => AreSame(element, operand, isDate)));
            case "$in":
                return operand!.AsArray().Any(item => Holds("$eq", item, value, isDate));
            case "$ne":
                return !Holds("$eq", operand, value, isDate);
            case "$nin":
                return !Holds("$in", operand, value, isDate);
            case "$not":
                return !Meets(value, operand, isDate);
            case "$exists":
                return value is not null == operand!.GetValue<bool>();
            case "$all":
                return operand!.AsArray().Count > 0 && operand.AsArray().All(item => Holds("$eq", item, value, isDate));
            case "$size":
                return value is JsonArray sized && sized.Count == Number(operand!);
            case "$elemMatch":
                return value is JsonArray elements && elements.Any(element => Meets(element, operand, isDate));
            default:
                var candidates = value is JsonArray several ? several : (IEnumerable<JsonNode?>)[value];
                return candidates.Any(one => one is not null && IsOrdered(op, Compare(one, operand!, isDate)));
        }
    }

    private static bool IsOrdered(string op, int comparison) => op switch
    {
        "$gt" => comparison > 0,
        "$gte" => comparison >= 0,
        "$lt" => comparison < 0,
        "$lte" => comparison <= 0,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    private static bool AreSame(JsonNode? a, JsonNode? b, bool isDate)
    {
        if (a is null || b is null)
            return a is null && b is null;
        if (a is JsonArray || b is JsonArray)
            return a is JsonArray left && b is JsonArray right && AreSame(left, right, isDate);
        return Compare(a, b, isDate) == 0;
    }

    private static bool AreSame(JsonArray a, JsonArray b, bool isDate) =>
        a.Count == b.Count && a.Zip(b).All(pair => AreSame(pair.First, pair.Second, isDate));

    private static int Compare(JsonNode a, JsonNode b, bool isDate) => a.GetValueKind() switch
    {
        JsonValueKind.Number => Number(a).CompareTo(Number(b)),
        JsonValueKind.True or JsonValueKind.False => a.GetValue<bool>().CompareTo(b.GetValue<bool>()),
        _ when isDate => Instant(a).CompareTo(Instant(b)),

        // UTF-8 sorts as code points do.
        _ => Encoding.UTF8.GetBytes((string)a!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes((string)b!)),
    };

    private static decimal Number(JsonNode number) =>
        decimal.Parse(number.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(JsonNode text) =>
        DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

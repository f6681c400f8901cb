using System.Text;
using System.Text.Json;

namespace BatchesApi.Requests.Filters;

/// <summary>Reads the parameter <c>p</c>: conditions in MongoDB's query language (contract, section 3). Every fault is found at once,
/// under the JSON path of its place.</summary>
internal sealed class JsonFilter
{
    /// <summary>Deepest nesting of JSON; what the limit on logical operators allows lies well within.</summary>
    private const int MaxJsonDepth = 64;

    private readonly Faults _faults;
    private int _conditions;

    private JsonFilter(Faults faults) => _faults = faults;

    /// <summary>Reads the parameter.</summary>
    /// <returns>The filter; of no use where a fault was found.</returns>
    public static Filter? Read(QueryParameter parameter, Faults faults)
    {
        var (name, text) = parameter;
        if (!FilterLimits.IsWellFormed(text))
        {
            faults.Add(name, FilterLimits.Unstorable);
            return null;
        }
        if (FilterLimits.IsTooLong(parameter, faults))
            return null;

        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxJsonDepth });
            var place = new FilterPlace(name);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return new JsonFilter(faults).Conditions(json.RootElement, place, depth: 0);
            place.Fault(faults, """must be a JSON object of conditions, such as {"rating":{"$gte":4}}.""");
        }
        catch (JsonException fault)
        {
            faults.Add(name, $"is not valid JSON: at character {Position(bytes, fault)}. JSON must be complete, without comments or "
                + $"trailing commas, and nest at most {MaxJsonDepth} deep.");
        }
        return null;
    }

    /// <summary>An object of conditions: on fields, or joined by logical operators.</summary>
    private LogicalFilter Conditions(JsonElement json, FilterPlace place, int depth)
    {
        var filters = new List<Filter>();
        foreach (var (name, value, at) in Members(json, place))
        {
            if (FilterOperators.LogicalNamed(name) is { } logical)
                filters.Add(Logical(logical, value, at, depth + 1));
            else if (FilterOperators.Named(name) is not null)
                at.Fault(_faults, $"needs a field around it, as in {{\"rating\":{{\"{name}\":…}}}}.");
            else if (name.StartsWith('$'))
                Unknown(name, at, FilterOperators.LogicalNames);
            else
                filters.Add(OnField(name, value, at));
        }
        return new LogicalFilter(LogicalOperator.And, filters);
    }

    private LogicalFilter Logical(LogicalOperator op, JsonElement json, FilterPlace place, int depth)
    {
        var filters = new List<Filter>();
        if (IsTooDeep(depth, place))
            return new LogicalFilter(op, filters);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            place.Fault(_faults, "must be an array of at least one object of conditions.");
            return new LogicalFilter(op, filters);
        }
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Object)
                filters.Add(Conditions(item, place.Item(i), depth));
            else
                place.Item(i).Fault(_faults, "must be an object of conditions.");
        }
        return new LogicalFilter(op, filters);
    }

    private FieldFilter OnField(string name, JsonElement json, FilterPlace place)
    {
        if (++_conditions == FilterLimits.Conditions + 1)
            place.Fault(_faults, $"is one condition too many: there may be {FilterLimits.Conditions}.");
        return new FieldFilter(place, name, json.ValueKind == JsonValueKind.Object
            ? Operators(json, place)
            : [new OperatorFilter(place, FilterOperator.Eq, Value(json, place), [])]);
    }

    private List<OperatorFilter> Operators(JsonElement json, FilterPlace place)
    {
        var operators = new List<OperatorFilter>();
        var any = false;
        foreach (var (name, value, at) in Members(json, place))
        {
            any = true;
            if (FilterOperators.Named(name) is { } op)
                operators.Add(Operator(op, value, at));
            else if (FilterOperators.LogicalNamed(name) is not null)
                at.Fault(_faults, "joins whole conditions, not operators; put it outside the field.");
            else
                Unknown(name, at, FilterOperators.Names);
        }
        if (!any)
            place.Fault(_faults, "must hold at least one operator.");
        return operators;
    }

    private OperatorFilter Operator(FilterOperator op, JsonElement json, FilterPlace place)
    {
        switch (op)
        {
            case FilterOperator.Not or FilterOperator.ElemMatch:
                if (json.ValueKind == JsonValueKind.Object)
                    return new OperatorFilter(place, op, null, Operators(json, place));
                place.Fault(_faults, """must be an object of operators, such as {"$gte":4}.""");
                return new OperatorFilter(place, op, null, []);

            case FilterOperator.In or FilterOperator.Nin or FilterOperator.All when json.ValueKind != JsonValueKind.Array:
                place.Fault(_faults, "must be an array of values.");
                return new OperatorFilter(place, op, new FilterValue(place, FilterValueKind.List, ""), []);

            case FilterOperator.Exists when json.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                place.Fault(_faults, "must be true or false.");
                break;
        }
        return new OperatorFilter(place, op, Value(json, place), []);
    }

    private FilterValue Value(JsonElement json, FilterPlace place) => json.ValueKind switch
    {
        JsonValueKind.Null => new FilterValue(place, FilterValueKind.Null, "null"),
        JsonValueKind.String => new FilterValue(place, FilterValueKind.Text, Text(json, place)),
        JsonValueKind.Number => new FilterValue(place, FilterValueKind.Number, json.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => new FilterValue(place, FilterValueKind.Boolean, json.GetRawText()),
        JsonValueKind.Array => new FilterValue(place, FilterValueKind.List, "", Items(json, place)),
        _ => new FilterValue(place, FilterValueKind.Object, json.GetRawText()),
    };

    private List<FilterValue> Items(JsonElement json, FilterPlace place)
    {
        var items = new List<FilterValue>();
        if (FilterLimits.AreTooMany(json.GetArrayLength(), place, _faults))
            return items;
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Array)
                place.Item(i).Fault(_faults, "must not be an array within a list.");
            else
                items.Add(Value(item, place.Item(i)));
        }
        return items;
    }

    private string Text(JsonElement json, FilterPlace place)
    {
        if (Decoded(json.GetString) is { } text && FilterLimits.IsStorable(text))
            return text;
        place.Fault(_faults, FilterLimits.Unstorable);
        return "";
    }

    /// <summary>The members of an object; one that is there twice is a fault and comes once.</summary>
    private IEnumerable<(string Name, JsonElement Value, FilterPlace Place)> Members(JsonElement json, FilterPlace place)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            // No field and no operator is called U+FFFD either.
            var name = Decoded(() => member.Name) ?? "\uFFFD";
            if (seen.Add(name))
                yield return (name, member.Value, place.Member(name));
            else
                place.Member(name).Fault(_faults, "must not be given more than once.");
        }
    }

    private bool IsTooDeep(int depth, FilterPlace place)
    {
        if (depth == FilterLimits.Depth + 1)
            place.Fault(_faults, $"is nested too deep: logical operators may nest {FilterLimits.Depth} deep.");
        return depth > FilterLimits.Depth;
    }

    private void Unknown(string name, FilterPlace place, IReadOnlyList<string> known) =>
        place.Fault(_faults, $"is not an operator here; these are: {string.Join(", ", known)}.{Suggestion.For(name, known)}");

    /// <summary>Decoded text, or null where it escapes half of a surrogate pair.</summary>
    private static string? Decoded(Func<string?> decode)
    {
        try
        {
            return decode();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The number of the character, from 1 on, at which the text ceases to be JSON.</summary>
    private static int Position(ReadOnlySpan<byte> text, JsonException fault)
    {
        var start = 0;
        for (var line = 0; line < fault.LineNumber; line++)
            start += text[start..].IndexOf((byte)'\n') + 1;
        var offset = Math.Min(text.Length, start + (int)(fault.BytePositionInLine ?? 0));
        return FilterLimits.CodePoints(Encoding.UTF8.GetString(text[..offset])) + 1;
    }
}

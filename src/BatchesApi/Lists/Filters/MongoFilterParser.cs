using System.Text;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Reads the parameter <c>p</c>: conditions in MongoDB's query language (specification, section 3). Every fault is found at once,
/// under the JSON path of its place.</summary>
internal sealed class MongoFilterParser
{
    /// <summary>Deepest nesting of JSON; what the limit on logical operators allows lies well within.</summary>
    private const int MaxJsonDepth = 64;

    private readonly ValidationErrors _errors;
    private int _conditions;

    private MongoFilterParser(ValidationErrors errors) => _errors = errors;

    /// <summary>Reads the parameter.</summary>
    /// <returns>The filter; of no use where a fault was found.</returns>
    public static FilterNode? Parse(QueryParameter parameter, ValidationErrors errors)
    {
        var (name, text) = parameter;
        if (!FilterLimits.IsWellFormed(text))
        {
            errors.Add(name, FilterLimits.Unstorable);
            return null;
        }
        if (FilterLimits.IsTooLong(parameter, errors))
            return null;

        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxJsonDepth });
            var location = new SourceLocation(name);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return new MongoFilterParser(errors).Conditions(json.RootElement, location, depth: 0);
            location.AddError(errors, """must be a JSON object of conditions, such as {"rating":{"$gte":4}}.""");
        }
        catch (JsonException exception)
        {
            errors.Add(name, $"is not valid JSON: at character {Position(bytes, exception)}. JSON must be complete, without comments or "
                + $"trailing commas, and nest at most {MaxJsonDepth} deep.");
        }
        return null;
    }

    /// <summary>An object of conditions: on fields, or joined by logical operators.</summary>
    private LogicalFilter Conditions(JsonElement json, SourceLocation location, int depth)
    {
        var filters = new List<FilterNode>();
        foreach (var (name, value, at) in Members(json, location))
        {
            if (FilterOperators.LogicalFromMongoName(name) is { } logical)
                filters.Add(Logical(logical, value, at, depth + 1));
            else if (FilterOperators.FromMongoName(name) is not null)
                at.AddError(_errors, $"needs a field around it, as in {{\"rating\":{{\"{name}\":…}}}}.");
            else if (name.StartsWith('$'))
                AddUnknown(name, at, FilterOperators.MongoLogicalNames);
            else
                filters.Add(OnField(name, value, at));
        }
        return new LogicalFilter(LogicalOperator.And, filters);
    }

    private LogicalFilter Logical(LogicalOperator op, JsonElement json, SourceLocation location, int depth)
    {
        var filters = new List<FilterNode>();
        if (IsTooDeep(depth, location))
            return new LogicalFilter(op, filters);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            location.AddError(_errors, "must be an array of at least one object of conditions.");
            return new LogicalFilter(op, filters);
        }
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Object)
                filters.Add(Conditions(item, location.Item(i), depth));
            else
                location.Item(i).AddError(_errors, "must be an object of conditions.");
        }
        return new LogicalFilter(op, filters);
    }

    private FieldFilter OnField(string name, JsonElement json, SourceLocation location)
    {
        if (++_conditions == FilterLimits.Conditions + 1)
            location.AddError(_errors, $"is one condition too many: there may be {FilterLimits.Conditions}.");
        return new FieldFilter(location, name, json.ValueKind == JsonValueKind.Object
            ? Operators(json, location)
            : [new OperatorFilter(location, FilterOperator.Eq, Value(json, location), [])]);
    }

    private List<OperatorFilter> Operators(JsonElement json, SourceLocation location)
    {
        var operators = new List<OperatorFilter>();
        var any = false;
        foreach (var (name, value, at) in Members(json, location))
        {
            any = true;
            if (FilterOperators.FromMongoName(name) is { } op)
                operators.Add(Operator(op, value, at));
            else if (FilterOperators.LogicalFromMongoName(name) is not null)
                at.AddError(_errors, "joins whole conditions, not operators; put it outside the field.");
            else
                AddUnknown(name, at, FilterOperators.MongoNames);
        }
        if (!any)
            location.AddError(_errors, "must hold at least one operator.");
        return operators;
    }

    private OperatorFilter Operator(FilterOperator op, JsonElement json, SourceLocation location)
    {
        switch (op)
        {
            case FilterOperator.Not or FilterOperator.ElemMatch:
                if (json.ValueKind == JsonValueKind.Object)
                    return new OperatorFilter(location, op, null, Operators(json, location));
                location.AddError(_errors, """must be an object of operators, such as {"$gte":4}.""");
                return new OperatorFilter(location, op, null, []);

            case FilterOperator.In or FilterOperator.Nin or FilterOperator.All when json.ValueKind != JsonValueKind.Array:
                location.AddError(_errors, "must be an array of values.");
                return new OperatorFilter(location, op, new FilterValue(location, FilterValueKind.List, ""), []);

            case FilterOperator.Exists when json.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                location.AddError(_errors, "must be true or false.");
                break;
        }
        return new OperatorFilter(location, op, Value(json, location), []);
    }

    private FilterValue Value(JsonElement json, SourceLocation location) => json.ValueKind switch
    {
        JsonValueKind.Null => new FilterValue(location, FilterValueKind.Null, "null"),
        JsonValueKind.String => new FilterValue(location, FilterValueKind.Text, Text(json, location)),
        JsonValueKind.Number => new FilterValue(location, FilterValueKind.Number, json.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => new FilterValue(location, FilterValueKind.Boolean, json.GetRawText()),
        JsonValueKind.Array => new FilterValue(location, FilterValueKind.List, "", Items(json, location)),
        _ => new FilterValue(location, FilterValueKind.Object, json.GetRawText()),
    };

    private List<FilterValue> Items(JsonElement json, SourceLocation location)
    {
        var items = new List<FilterValue>();
        if (FilterLimits.AreTooMany(json.GetArrayLength(), location, _errors))
            return items;
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Array)
                location.Item(i).AddError(_errors, "must not be an array within a list.");
            else
                items.Add(Value(item, location.Item(i)));
        }
        return items;
    }

    private string Text(JsonElement json, SourceLocation location)
    {
        if (Decode(json.GetString) is { } text && FilterLimits.IsStorable(text))
            return text;
        location.AddError(_errors, FilterLimits.Unstorable);
        return "";
    }

    /// <summary>The members of an object; one that is there twice is a fault and comes once.</summary>
    private IEnumerable<(string Name, JsonElement Value, SourceLocation Place)> Members(JsonElement json, SourceLocation location)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            // No field and no operator is called U+FFFD either.
            var name = Decode(() => member.Name) ?? "\uFFFD";
            if (seen.Add(name))
                yield return (name, member.Value, location.Member(name));
            else
                location.Member(name).AddError(_errors, "must not be given more than once.");
        }
    }

    private bool IsTooDeep(int depth, SourceLocation location)
    {
        if (depth == FilterLimits.Depth + 1)
            location.AddError(_errors, $"is nested too deep: logical operators may nest {FilterLimits.Depth} deep.");
        return depth > FilterLimits.Depth;
    }

    private void AddUnknown(string name, SourceLocation location, IReadOnlyList<string> known) =>
        location.AddError(_errors, $"is not an operator here; these are: {string.Join(", ", known)}.{Suggestion.For(name, known)}");

    /// <summary>Decoded text, or null where it escapes half of a surrogate pair.</summary>
    private static string? Decode(Func<string?> decode)
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
    private static int Position(ReadOnlySpan<byte> text, JsonException exception)
    {
        var start = 0;
        for (var line = 0; line < exception.LineNumber; line++)
            start += text[start..].IndexOf((byte)'\n') + 1;
        var offset = Math.Min(text.Length, start + (int)(exception.BytePositionInLine ?? 0));
        return FilterLimits.CountCodePoints(Encoding.UTF8.GetString(text[..offset])) + 1;
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Lists.Filters;

/// <summary>Parses the parameter <c>p</c>: conditions in MongoDB's query language (specification, section 3.7). Reports every error
/// under the JSON path of its location.</summary>
internal sealed class MongoFilterParser
{
    /// <summary>Maximum nesting of logical operators.</summary>
    public const int MaxDepth = 8;

    /// <summary>Maximum nesting of JSON, far more than <see cref="MaxDepth"/> needs.</summary>
    public const int MaxJsonDepth = 64;

    private readonly ValidationErrors _errors;
    private int _conditionCount;
    private Field? _field;

    private MongoFilterParser(ValidationErrors errors) => _errors = errors;

    /// <param name="parameter">The parameter.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="hasFields">Whether the request also has <c>fields</c>.</param>
    /// <returns>The filter, which is incomplete if there are errors.</returns>
    public static FilterNode? Parse(QueryParameter parameter, ValidationErrors errors, bool hasFields = false)
    {
        var (name, text) = parameter;
        if (!Utf16.IsWellFormed(text))
        {
            errors.Add(name, PostgresText.Unstorable);
            return null;
        }
        return FilterLimits.IsTooLong(parameter, errors) ? null : Parse(name, Encoding.UTF8.GetBytes(text), errors, hasFields);
    }

    /// <summary>Parses a filter that is known to be valid, for output.</summary>
    /// <param name="filter">The filter as JSON, or null.</param>
    public static JsonObject? ToJson(string? filter) => filter is null
        ? null
        : JsonNode.Parse(filter, documentOptions: new JsonDocumentOptions { MaxDepth = MaxJsonDepth })!.AsObject();

    /// <param name="name">The parameter as the client wrote it.</param>
    /// <param name="bytes">The JSON.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <param name="hasFields">Whether the request also has <c>fields</c>.</param>
    /// <returns>The filter, which is incomplete if there are errors.</returns>
    public static FilterNode? Parse(string name, byte[] bytes, ValidationErrors errors, bool hasFields = false)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxJsonDepth });
            return Parse(name, json.RootElement, errors);
        }
        catch (JsonException exception)
        {
            var advice = MongoPointers.DescribeText(Encoding.UTF8.GetString(bytes), hasFields);
            errors.Add(name, $"invalid JSON at character {GetPosition(bytes, exception)}. {advice}");
        }
        return null;
    }

    /// <param name="name">The name of the filter, for error messages.</param>
    /// <param name="json">The filter, a part of a body.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <returns>The filter, which is incomplete if there are errors.</returns>
    public static FilterNode? Parse(string name, JsonElement json, ValidationErrors errors)
    {
        var location = new SourceLocation(name);
        if (json.ValueKind == JsonValueKind.Object)
            return new MongoFilterParser(errors).ParseConditions(json, location, depth: 0);
        location.AddError(
            errors,
            """expected a JSON object of conditions, such as {"rating":{"$gte":4}}""",
            MongoPointers.DescribeJson(json));
        return null;
    }

    /// <summary>Whether a text is a valid filter.</summary>
    public static bool IsValid(string text)
    {
        var errors = new ValidationErrors();
        if (Parse(new QueryParameter("p", text), errors) is { } filter)
            FilterPlanner.Plan([filter], errors);
        return !errors.HasErrors;
    }

    /// <summary>Parses an object of conditions: on fields, or combined by logical operators.</summary>
    private LogicalFilter ParseConditions(JsonElement json, SourceLocation location, int depth)
    {
        var filters = new List<FilterNode>();
        foreach (var (name, value, at) in ReadMembers(json, location))
        {
            if (MongoOperators.TryParse(name, out LogicalOperator logical))
                filters.Add(ParseLogical(logical, value, at, depth + 1));
            else if (MongoOperators.TryParse(name, out FilterOperator _))
                at.AddError(_errors, $"must be inside a field, as in {{\"rating\":{{\"{name}\":…}}}}");
            else if (RelativeValueParser.IsName(name))
                at.AddError(_errors, $"must be the value of a condition, as in {RelativeValueParser.GetExample(name)}");
            else if (name.StartsWith('$'))
                at.AddError(_errors, $"unknown operator '{FieldsSyntax.Shorten(name)}'", MongoPointers.DescribeLogical(name));
            else
                filters.Add(ParseField(name, value, at));
        }
        return new LogicalFilter(LogicalOperator.And, filters);
    }

    private LogicalFilter ParseLogical(LogicalOperator op, JsonElement json, SourceLocation location, int depth)
    {
        var filters = new List<FilterNode>();
        if (IsTooDeep(depth, location))
            return new LogicalFilter(op, filters);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            location.AddError(_errors, "expected an array of at least one object of conditions");
            return new LogicalFilter(op, filters);
        }
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Object)
                filters.Add(ParseConditions(item, location.Item(i), depth));
            else
                location.Item(i).AddError(_errors, "expected an object of conditions");
        }
        return new LogicalFilter(op, filters);
    }

    private FieldFilter ParseField(string name, JsonElement json, SourceLocation location)
    {
        FilterLimits.CheckConditions(++_conditionCount, location, _errors);
        _field = FieldNames.Find(name);
        return new FieldFilter(location, name, json.ValueKind == JsonValueKind.Object && !RelativeValueParser.IsRelative(json)
            ? ParseOperators(json, location)
            : [new OperatorFilter(location, FilterOperator.Eq, ParseValue(json, location), [])]);
    }

    private List<OperatorFilter> ParseOperators(JsonElement json, SourceLocation location)
    {
        var operators = new List<OperatorFilter>();
        var any = false;
        foreach (var (name, value, at) in ReadMembers(json, location))
        {
            any = true;
            if (MongoOperators.TryParse(name, out FilterOperator op))
                operators.Add(ParseOperator(op, value, at));
            else if (MongoOperators.TryParse(name, out LogicalOperator _))
                at.AddError(_errors, "combines conditions, not operators; move it outside the field");
            else if (RelativeValueParser.IsName(name))
                at.AddError(_errors, "is a value, not an operator", $"Use it as in {RelativeValueParser.GetExample(name)}.");
            else
                AddUnknownOperator(name, value, at);
        }
        if (!any)
            location.AddError(_errors, "expected at least one operator");
        return operators;
    }

    private void AddUnknownOperator(string name, JsonElement value, SourceLocation location) => location.AddError(
        _errors, $"unknown operator '{FieldsSyntax.Shorten(name)}'", MongoPointers.DescribeOperator(name, value, _field));

    private OperatorFilter ParseOperator(FilterOperator op, JsonElement json, SourceLocation location)
    {
        switch (op)
        {
            case FilterOperator.Not or FilterOperator.ElemMatch:
                if (json.ValueKind == JsonValueKind.Object)
                    return new OperatorFilter(location, op, null, ParseOperators(json, location));
                location.AddError(
                    _errors,
                    """expected an object of operators, such as {"$gte":4}""",
                    op == FilterOperator.Not ? "For a value, use $ne." : "");
                return new OperatorFilter(location, op, null, []);

            case FilterOperator.In or FilterOperator.Nin or FilterOperator.All when json.ValueKind != JsonValueKind.Array:
                location.AddError(_errors, "expected an array of values");
                return new OperatorFilter(location, op, new FilterValue(location, FilterValueKind.List, ""), []);

            case FilterOperator.Exists when json.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                location.AddError(_errors, "expected true or false");
                break;
        }
        return new OperatorFilter(location, op, ParseValue(json, location), []);
    }

    private FilterValue ParseValue(JsonElement json, SourceLocation location) => json.ValueKind switch
    {
        JsonValueKind.Null => new FilterValue(location, FilterValueKind.Null, "null"),
        JsonValueKind.String => new FilterValue(location, FilterValueKind.Text, ReadText(json, location)),
        JsonValueKind.Number => new FilterValue(location, FilterValueKind.Number, json.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => new FilterValue(location, FilterValueKind.Boolean, json.GetRawText()),
        JsonValueKind.Array => new FilterValue(location, FilterValueKind.List, "", ParseItems(json, location)),
        JsonValueKind.Object when RelativeValueParser.IsRelative(json) => RelativeValueParser.Parse(json, location, _errors),
        _ => new FilterValue(location, FilterValueKind.Object, json.GetRawText()),
    };

    private List<FilterValue> ParseItems(JsonElement json, SourceLocation location)
    {
        var items = new List<FilterValue>();
        if (FilterLimits.AreTooMany(json.GetArrayLength(), location, _errors))
            return items;
        foreach (var (i, item) in json.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Array)
                location.Item(i).AddError(_errors, "unexpected array inside an array");
            else
                items.Add(ParseValue(item, location.Item(i)));
        }
        return items;
    }

    private string ReadText(JsonElement json, SourceLocation location)
    {
        if (JsonText.Decode(json) is { } text && PostgresText.IsStorable(text))
            return text;
        _errors.Add(location.Key, PostgresText.Unstorable);
        return "";
    }

    /// <summary>Reads the members of an object. A duplicate is an error and returned once.</summary>
    private IEnumerable<(string Name, JsonElement Value, SourceLocation Location)> ReadMembers(JsonElement json, SourceLocation location)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var name = JsonText.GetName(member);
            if (seen.Add(name))
                yield return (name, member.Value, location.Member(name));
            else
                location.Member(name).AddError(_errors, "must not be given more than once");
        }
    }

    private bool IsTooDeep(int depth, SourceLocation location)
    {
        if (depth == MaxDepth + 1)
            location.AddError(_errors, "nested too deeply", $"Logical operators can be nested {MaxDepth} levels deep.");
        return depth > MaxDepth;
    }

    /// <summary>The 1-based number of the first character that is not valid JSON.</summary>
    private static int GetPosition(ReadOnlySpan<byte> text, JsonException exception)
    {
        var start = 0;
        for (var line = 0; line < exception.LineNumber; line++)
            start += text[start..].IndexOf((byte)'\n') + 1;
        var offset = Math.Min(text.Length, start + (int)(exception.BytePositionInLine ?? 0));
        return Utf16.CountCodePoints(Encoding.UTF8.GetString(text[..offset])) + 1;
    }
}

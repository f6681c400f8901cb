using System.Globalization;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>Reads the parameters of a list from a JSON object (specification, section 3.13). All values mean the same as in a query, so the
/// parsers of the query read them.</summary>
internal static class ListBodyReader
{
    /// <summary>Maximum size of a body in bytes: 1,000 ids fit several times.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary><c>p</c> is one level below the body.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MongoFilterParser.MaxJsonDepth + 1 };

    /// <param name="body">The body. An empty one has no parameters.</param>
    /// <param name="strict">Whether an unknown member is an error.</param>
    /// <param name="errors">Receives the errors, under the names of the members and the JSON paths in <c>p</c>.</param>
    public static Result<ListRequest> Read(RequestBody body, bool strict, ValidationErrors errors)
    {
        if (body.Content.IsEmpty)
            return ListRequest.Parse(new QueryParameters([]), errors);
        return JsonBody.Read<ListRequest>(body.Text, Options, BodyPurpose.Search, json => json.ValueKind == JsonValueKind.Object
            ? Read(json, strict, errors)
            : new Problem(
                ProblemCode.MalformedBody,
                $"The body must be a JSON object, but is {BodyShape.Describe(json)}. Send an object, such as "
                + $"{BodyShape.GetExample(BodyPurpose.Search)}."));
    }

    private static ListRequest Read(JsonElement json, bool strict, ValidationErrors errors)
    {
        FilterNode? filter = null;
        var hasFilter = false;
        var parameters = new List<QueryParameter>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            var (name, value) = (JsonText.GetName(member), member.Value);
            if (!seen.Add(name))
                errors.Add(name, "must not be given more than once.");
            else if (!ListRequest.Names.Contains(name))
                AddUnknown(name, strict, errors);
            else if (name == ApiParameters.MongoFilter.Name && value.ValueKind != JsonValueKind.Null)
                (filter, hasFilter) = (MongoFilterParser.Parse(name, value, errors), true);
            else if (Write(name, value, errors) is { } text)
                parameters.Add(new QueryParameter(name, text));
        }
        var given = new QueryParameters(parameters);
        var fields = FieldsParameter.Parse(given[ApiParameters.Fields.Name], errors, hasFilter);
        return ListRequest.Parse(given, fields, filter, errors);
    }

    /// <summary>A value as it stands in a query; null if it is null or has the wrong type.</summary>
    private static string? Write(string name, JsonElement value, ValidationErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        if (name == ApiParameters.Limit.Name || name == ApiParameters.Page.Name)
        {
            if (value.ValueKind == JsonValueKind.Number)
                return JsonInteger.Parse(value.GetRawText())?.ToString(CultureInfo.InvariantCulture) ?? value.GetRawText();
            errors.Add(name, $"must be a number, but is {BodyShape.Describe(value)}.");
            return null;
        }
        if (name == ApiParameters.Fields.Name)
            return WriteList(name, value, errors);

        // In a query, a space before a field to sort by is a plus that the client did not encode.
        if (name == ApiParameters.SortBy || name == ApiParameters.Order.Name)
            return WriteList(name, value, errors) is { } keys ? string.Join(',', keys.Split(',', StringSplitOptions.TrimEntries)) : null;
        return WriteText(name, value, "a string", errors);
    }

    /// <summary>An array of strings, or one string, as values separated by commas.</summary>
    private static string? WriteList(string name, JsonElement value, ValidationErrors errors)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return WriteText(name, value, "an array of strings", errors);
        var items = value.EnumerateArray()
            .Select((item, i) => WriteText(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]"), item, "a string", errors))
            .ToList();
        return items.Contains(null) ? null : string.Join(',', items);
    }

    private static string? WriteText(string name, JsonElement value, string expected, ValidationErrors errors)
    {
        if (value.ValueKind != JsonValueKind.String)
            errors.Add(name, $"must be {expected}, but is {BodyShape.Describe(value)}.");
        else if (JsonText.Decode(value) is { } text)
            return text;
        else
            errors.Add(name, PostgresText.Unstorable);
        return null;
    }

    private static void AddUnknown(string name, bool strict, ValidationErrors errors)
    {
        if (!strict || errors.IsFull)
            return;
        var pointer = OtherApiNames.FindParameter(name) switch
        {
            ParameterPurpose.Limit => "Use limit.",
            ParameterPurpose.Offset => "Use page with limit, or cursor.",
            ParameterPurpose.Page => "Use page.",
            ParameterPurpose.Cursor => "Use cursor.",
            ParameterPurpose.Filter or ParameterPurpose.Ids => "Write conditions in p.",
            ParameterPurpose.Search => "Use q.",
            ParameterPurpose.Keep or ParameterPurpose.Exclude => "Use fields.",
            ParameterPurpose.Sort => "Use sortBy.",
            ParameterPurpose.Direction => "Use order.",
            ParameterPurpose.Count => "Use count.",
            _ when MongoOperators.TryParse(name, out LogicalOperator _) => "Write conditions in p.",
            _ when FieldNames.FindIgnoringCase(name) is { } field => $"Write conditions in p, as in {{\"p\":{{\"{field}\":…}}}}.",
            _ => $"{Suggestion.For(name, ListRequest.Names)} Members: {string.Join(", ", ListRequest.Names)}.".TrimStart(),
        };
        errors.Add(name, $"is not a member of a search. {pointer}");
    }
}

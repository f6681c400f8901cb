using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>How the records of a list are counted (specification, section 3.4).</summary>
internal enum CountMode
{
    /// <summary>Exactly up to a bound, estimated beyond it.</summary>
    Bounded,

    Exact,
    None,
}

/// <summary>The parameters of a list, parsed. <see cref="ListPlanner"/> checks them against the catalogue of fields, except for
/// <c>Keep</c>.</summary>
/// <param name="Limit">Maximum number of records on a page.</param>
/// <param name="Page">The page number, 1-based.</param>
/// <param name="SortBy">The parameter <c>sortBy</c>, or null.</param>
/// <param name="Order">The parameter <c>order</c>, or null.</param>
/// <param name="Keep">The fields to keep in each record.</param>
/// <param name="Count">How to count the records.</param>
/// <param name="Filters">The filters that every record must match: those of <c>fields</c>, that of <c>p</c> and the terms of
/// <c>q</c>.</param>
/// <param name="Cursor">The parameter <c>cursor</c>, or null.</param>
internal sealed record ListRequest(
    int Limit,
    int Page,
    QueryParameter? SortBy,
    QueryParameter? Order,
    FieldSet Keep,
    CountMode Count,
    IReadOnlyList<FilterNode> Filters,
    QueryParameter? Cursor = null)
{
    public static IReadOnlyList<string> Names { get; } = [.. ApiParameters.ForList(deleted: false).Select(p => p.Name)];

    /// <summary>Parses the parameters of a list.</summary>
    public static ListRequest Parse(QueryParameters parameters, ValidationErrors errors)
    {
        var fields = FieldsParameter.Parse(parameters[ApiParameters.Fields.Name], errors, HasMongoFilter(parameters));
        return Parse(parameters, fields, ParseFilter(parameters, errors), errors);
    }

    /// <summary>Parses the parameters of a list except <c>fields</c> and <c>p</c>.</summary>
    public static ListRequest Parse(QueryParameters parameters, FieldsParameter fields, FilterNode? filter, ValidationErrors errors)
    {
        var filters = Combine(fields.Conditions, filter, parameters, errors);
        var cursor = parameters[ApiParameters.Cursor.Name];
        if (cursor is not null && parameters[ApiParameters.Page.Name] is { } page)
            errors.Add(page.Name, $"cannot be combined with {cursor.Value.Name}. A cursor continues after the last response by itself.");
        return new ListRequest(
            Limit: parameters.GetNumber(ApiParameters.Limit, errors, AdviseOnLimit),
            Page: parameters.GetNumber(ApiParameters.Page, errors, AdviseOnPage),
            SortBy: parameters[ApiParameters.SortBy],
            Order: parameters[ApiParameters.Order.Name],
            Keep: fields.Keep,
            Count: ParseCount(parameters[ApiParameters.Count.Name], errors),
            Filters: filters,
            Cursor: cursor);
    }

    /// <summary>Whether the request has <c>p</c>, in either form.</summary>
    public static bool HasMongoFilter(QueryParameters parameters) =>
        parameters.Bracketed.Count > 0 || parameters[ApiParameters.MongoFilter.Name] is not null;

    /// <summary>Parses <c>p</c> and <c>q</c>, and adds them to the conditions of <c>fields</c>.</summary>
    public static IReadOnlyList<FilterNode> ParseFilters(
        QueryParameters parameters, IReadOnlyList<FieldFilter> conditions, ValidationErrors errors) =>
        Combine(conditions, ParseFilter(parameters, errors), parameters, errors);

    private static IReadOnlyList<FilterNode> Combine(
        IReadOnlyList<FieldFilter> conditions, FilterNode? filter, QueryParameters parameters, ValidationErrors errors)
    {
        var terms = SearchParser.Parse(parameters[ApiParameters.Search.Name], errors);
        return [.. conditions, .. filter is null ? [] : new[] { filter }, .. terms];
    }

    private static FilterNode? ParseFilter(QueryParameters parameters, ValidationErrors errors)
    {
        if (parameters[ApiParameters.MongoFilter.Name] is not { } p)
            return parameters.Bracketed.Count > 0 ? BracketsParser.Parse(parameters.Bracketed, errors) : null;
        if (parameters.Bracketed is [var (bracketed, _), ..])
            errors.Add(p.Name, $"cannot be combined with {bracketed}. Use one form for all conditions.");
        return MongoFilterParser.Parse(p, errors, hasFields: parameters[ApiParameters.Fields.Name] is not null);
    }

    private static CountMode ParseCount(QueryParameter? parameter, ValidationErrors errors)
    {
        if (parameter is not { } given)
            return CountMode.Bounded;
        foreach (var mode in Enum.GetValues<CountMode>())
        {
            if (given.Value.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
                return mode;
        }
        errors.Add(given.Name, $"must be exact, bounded or none.{AdviseOnCount(given.Value)}");
        return CountMode.Bounded;
    }

    private static string AdviseOnLimit(string value) =>
        value.Equals("all", StringComparison.OrdinalIgnoreCase) || value is "0" or "-1"
        || (value.Length > 3 && value.All(char.IsAsciiDigit))
            ? " To read all records, request pages of 1000 and follow nextCursor."
            : "";

    private static string AdviseOnPage(string value) => value == "0" ? " Pages begin with 1."
        : CursorEncoding.IsWellFormed(value) && !value.All(char.IsAsciiDigit) ? " For a nextCursor, use cursor."
        : "";

    private static string AdviseOnCount(string value) => value.ToLowerInvariant() switch
    {
        "true" or "yes" => " Use count=exact.",
        "false" or "no" => " Use count=none.",
        _ when value.All(char.IsAsciiDigit) => " For the size of a page, use limit.",
        _ => "",
    };
}

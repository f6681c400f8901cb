using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>How the records of a list are counted (specification, section 3).</summary>
internal enum CountMode
{
    /// <summary>Exactly where that is cheap.</summary>
    Bounded,

    /// <summary>Exactly.</summary>
    Exact,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>A list as the client asked for it: every parameter understood, nothing held against the catalogue yet but the fields to
/// keep.</summary>
/// <param name="Limit">Records a page.</param>
/// <param name="Page">The page, from 1 on.</param>
/// <param name="SortBy">The parameter <c>sortBy</c>, null where it was not given.</param>
/// <param name="Order">The parameter <c>order</c>, null where it was not given.</param>
/// <param name="Keep">The fields to keep in each record.</param>
/// <param name="Count">How to count.</param>
/// <param name="Filters">The filters that every record must pass: those of <c>fields</c>, that of <c>p</c> and the terms of <c>q</c>.</param>
/// <param name="Cursor">The parameter <c>cursor</c>, null where it was not given.</param>
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
    /// <summary>The names of the parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ApiParameters.ForList(deleted: false).Select(p => p.Name)];

    /// <summary>Reads the parameters of a list.</summary>
    public static ListRequest Parse(QueryParameters parameters, ValidationErrors errors)
    {
        var fields = FieldsParameter.Parse(parameters[ApiParameters.Fields.Name], errors);
        var policy = parameters[ApiParameters.Policy.Name] is { } p ? MongoFilterParser.Parse(p, errors) : null;
        var terms = SearchParser.Parse(parameters[ApiParameters.Search.Name], errors);
        var cursor = parameters[ApiParameters.Cursor.Name];
        if (cursor is not null && parameters[ApiParameters.Page.Name] is { } page)
            errors.Add(page.Name, $"must not be given together with {cursor.Value.Name}, which goes on where the answer before it ended.");
        return new ListRequest(
            Limit: parameters.GetNumber(ApiParameters.Limit, errors),
            Page: parameters.GetNumber(ApiParameters.Page, errors),
            SortBy: parameters[ApiParameters.SortBy],
            Order: parameters[ApiParameters.Order.Name],
            Keep: fields.Keep,
            Count: Mode(parameters[ApiParameters.Count.Name], errors),
            Filters: [.. fields.Conditions, .. policy is null ? [] : new[] { policy }, .. terms],
            Cursor: cursor);
    }

    private static CountMode Mode(QueryParameter? parameter, ValidationErrors errors)
    {
        if (parameter is not { } given)
            return CountMode.Bounded;
        foreach (var mode in Enum.GetValues<CountMode>())
        {
            if (given.Value.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
                return mode;
        }
        errors.Add(given.Name, "must be exact, bounded or none.");
        return CountMode.Bounded;
    }
}

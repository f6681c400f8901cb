using BatchesApi.Model;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Requests;

/// <summary>How the records of a list are counted (contract, section 3).</summary>
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
    IReadOnlyList<Filter> Filters,
    QueryParameter? Cursor = null)
{
    /// <summary>The names of the parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ListParameters.Of(deleted: false).Select(p => p.Name)];

    /// <summary>Reads the parameters of a list.</summary>
    public static ListRequest Read(QueryParameters parameters, Faults faults)
    {
        var fields = FieldTerms.Read(parameters[ListParameters.Fields.Name], faults);
        var policy = parameters[ListParameters.Policy.Name] is { } p ? JsonFilter.Read(p, faults) : null;
        var terms = SearchTerms.Read(parameters[ListParameters.Search.Name], faults);
        var cursor = parameters[ListParameters.Cursor.Name];
        if (cursor is not null && parameters[ListParameters.Page.Name] is { } page)
            faults.Add(page.Name, $"must not be given together with {cursor.Value.Name}, which goes on where the answer before it ended.");
        return new ListRequest(
            Limit: parameters.Number(ListParameters.Limit, faults),
            Page: parameters.Number(ListParameters.Page, faults),
            SortBy: parameters[ListParameters.SortBy],
            Order: parameters[ListParameters.Order.Name],
            Keep: fields.Keep,
            Count: Mode(parameters[ListParameters.Count.Name], faults),
            Filters: [.. fields.Conditions, .. policy is null ? [] : new[] { policy }, .. terms],
            Cursor: cursor);
    }

    private static CountMode Mode(QueryParameter? parameter, Faults faults)
    {
        if (parameter is not { } given)
            return CountMode.Bounded;
        foreach (var mode in Enum.GetValues<CountMode>())
        {
            if (given.Value.Equals(mode.ToString(), StringComparison.OrdinalIgnoreCase))
                return mode;
        }
        faults.Add(given.Name, "must be exact, bounded or none.");
        return CountMode.Bounded;
    }
}

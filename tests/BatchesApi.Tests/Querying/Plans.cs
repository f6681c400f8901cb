using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Tests.Querying;

/// <summary>Plans of lists as clients ask for them.</summary>
internal static class Plans
{
    /// <summary>The account of the plans.</summary>
    public const int Account = 7;

    /// <summary>The plan of a query, such as <c>sortBy=rating&amp;order=asc</c>.</summary>
    public static ListPlan Of(string query, bool deleted = false)
    {
        var plan = Of(query, out var faults, deleted);
        Assert.Empty(faults);
        return plan;
    }

    /// <summary>As <see cref="Of(string, bool)"/>, where the query may be wrong.</summary>
    public static ListPlan Of(string query, out Faults faults, bool deleted = false)
    {
        faults = new Faults();
        var given = new QueryCollection(QueryHelpers.ParseQuery(query));
        var request = ListRequest.Read(QueryParameters.Read(given, ListRequest.Names, strict: true, faults), faults);
        return ListPlanner.Plan(request, Account, Condition.Always, deleted, faults);
    }

    /// <summary>The plan of the next page, behind a batch.</summary>
    public static ListPlan After(this ListPlan plan, Batch last) => plan with { After = Cursor.Read(Cursor.Write(plan, last), plan) };
}

using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.ApiTests;

/// <summary>Creates list plans as the server does.</summary>
internal static class ListPlans
{
    private static readonly RelativeValues Values = new(new DateTime(2026, 12, 1, 9, 30, 0, DateTimeKind.Utc), "amy@example.com");

    /// <summary>The plan of a query.</summary>
    /// <param name="query">The query, such as <c>sortBy=rating&amp;order=asc</c>.</param>
    /// <param name="account">The account of the caller.</param>
    /// <param name="deleted">Whether to list the deleted batches.</param>
    public static ListPlan Create(string query, int account, bool deleted)
    {
        var errors = new ValidationErrors();
        var given = new QueryCollection(QueryHelpers.ParseQuery(query));
        var request = ListRequest.Parse(QueryParameters.Parse(given, ListRequest.Names, strict: true, errors), errors);
        var plan = ListPlanner.Plan(request, account, Condition.Always, Values, deleted, errors);
        Assert.Empty(errors);
        return plan;
    }
}

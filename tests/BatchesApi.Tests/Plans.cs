using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.Tests;

/// <summary>Plans of lists from query strings.</summary>
internal static class Plans
{
    /// <summary>The account of the plans.</summary>
    public const int Account = 7;

    /// <summary>The relative values of the plans.</summary>
    public static RelativeValues Values { get; } = new(new DateTime(2026, 12, 1, 9, 30, 0, DateTimeKind.Utc), "amy@example.com");

    /// <summary>The plan of a query, such as <c>sortBy=rating&amp;order=asc</c>.</summary>
    public static ListPlan Of(string query, bool deleted = false)
    {
        var plan = Of(query, out var errors, deleted);
        Assert.Empty(errors);
        return plan;
    }

    /// <summary>The plan of a query that may be invalid.</summary>
    public static ListPlan Of(string query, out ValidationErrors errors, bool deleted = false)
    {
        errors = new ValidationErrors();
        return ListPlanner.Plan(Parse(query, errors), Account, Condition.Always, Values, deleted, errors);
    }

    /// <summary>The request of a query.</summary>
    public static ListRequest Parse(string query, ValidationErrors errors)
    {
        var given = new QueryCollection(QueryHelpers.ParseQuery(query));
        return ListRequest.Parse(QueryParameters.Parse(given, ListRequest.Names, strict: true, errors), errors);
    }

    /// <summary>The plan of the page after a batch.</summary>
    public static ListPlan After(this ListPlan plan, Batch last) =>
        plan with { After = Cursor.Read(Cursor.Write(plan, last), plan)!.After };
}

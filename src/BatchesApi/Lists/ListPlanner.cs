using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>Turns a request into a plan, by the catalogue of fields (specification, section 3).</summary>
internal static class ListPlanner
{
    /// <param name="request">The parsed parameters.</param>
    /// <param name="accountId">The caller's account.</param>
    /// <param name="policy">The condition on all batches that the caller may see.</param>
    /// <param name="deleted">Whether to list the deleted batches.</param>
    /// <param name="errors">Receives the errors. If there are any, the plan is meaningless.</param>
    public static ListPlan Plan(ListRequest request, int accountId, Condition policy, bool deleted, ValidationErrors errors)
    {
        var plan = new ListPlan(
            accountId,
            deleted,
            Condition.AllOf(policy, FilterPlanner.Plan(request.Filters, errors)),
            SortParameters.Parse(request.SortBy, request.Order, deleted, errors),
            After: null,
            request.Page,
            request.Limit,
            request.Count,
            request.Keep);
        return request.Cursor is { } cursor ? plan with { After = ReadCursor(cursor, plan, errors) } : plan;
    }

    private static IReadOnlyList<object?>? ReadCursor(QueryParameter cursor, ListPlan plan, ValidationErrors errors)
    {
        // A cursor cannot be checked against an invalid list, but it can be malformed.
        if (errors.HasErrors && CursorEncoding.IsWellFormed(cursor.Value))
            return null;
        var after = errors.HasErrors ? null : Cursor.Read(cursor.Value, plan);
        if (after is null)
        {
            errors.Add(
                cursor.Name,
                "not a cursor of this list. Send 'nextCursor' unchanged, with the same account, 'sortBy', 'order' and filters.");
        }
        return after;
    }
}

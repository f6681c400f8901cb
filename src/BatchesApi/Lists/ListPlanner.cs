using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>Turns a request into a plan, by the catalogue of fields (specification, section 3).</summary>
internal static class ListPlanner
{
    /// <param name="request">The parsed parameters.</param>
    /// <param name="accountId">The caller's account.</param>
    /// <param name="policy">The condition on all batches that the caller may see, with its relative values.</param>
    /// <param name="values">The relative values of the request.</param>
    /// <param name="deleted">Whether to list the deleted batches.</param>
    /// <param name="errors">Receives the errors. If there are any, the plan is meaningless.</param>
    public static ListPlan Plan(
        ListRequest request, int accountId, Condition policy, RelativeValues values, bool deleted, ValidationErrors errors)
    {
        var filters = FilterPlanner.Plan(request.Filters, errors);
        var symbolic = Condition.AllOf(policy, filters);
        var plan = new ListPlan(
            accountId,
            deleted,
            symbolic.Resolve(values),
            SortParameters.Parse(request.SortBy, request.Order, deleted, errors),
            After: null,
            request.Page,
            request.Limit,
            request.Count,
            request.Keep)
        {
            Symbolic = symbolic,
            Now = values.Now,
            Me = values.Me,
        };
        if (request.Cursor is not { } cursor || ReadCursor(cursor, plan, errors) is not { } position)
            return plan;

        // The policy has the time of the request: clients can forge the time of a cursor.
        return plan with
        {
            Where = Condition.AllOf(policy.Resolve(values), filters.Resolve(values with { Now = position.Now })),
            After = position.After,
            Now = position.Now,
        };
    }

    /// <summary>Plans the list of the batches that a write selects.</summary>
    /// <param name="accountId">The caller's account.</param>
    /// <param name="where">The condition on the batches, including the policy, with its relative values.</param>
    /// <param name="values">The relative values of the request.</param>
    /// <param name="deleted">Whether to select deleted batches.</param>
    /// <param name="order">The sort keys.</param>
    /// <param name="limit">Maximum number of batches.</param>
    public static ListPlan PlanSelection(
        int accountId, Condition where, RelativeValues values, bool deleted, IReadOnlyList<OrderKey> order, int limit) =>
        new(accountId, deleted, where.Resolve(values), order, After: null, Page: 1, limit, CountMode.None, FieldSet.All)
        {
            Symbolic = where,
            Me = values.Me,
        };

    private static CursorPosition? ReadCursor(QueryParameter cursor, ListPlan plan, ValidationErrors errors)
    {
        // A cursor cannot be checked against an invalid list, but it can be malformed.
        if (errors.HasErrors && CursorEncoding.IsWellFormed(cursor.Value))
            return null;
        var position = errors.HasErrors ? null : Cursor.Read(cursor.Value, plan);
        if (position is null)
        {
            errors.Add(
                cursor.Name,
                "not a cursor of this list. Send 'nextCursor' unchanged, with the same account, 'sortBy', 'order' and filters.");
        }
        return position;
    }
}

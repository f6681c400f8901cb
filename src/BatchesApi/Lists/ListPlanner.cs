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
            PlanOrder(request, deleted, errors),
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

    private static List<OrderKey> PlanOrder(ListRequest request, bool deleted, ValidationErrors errors)
    {
        var fields = ParseSortBy(request.SortBy, deleted, errors);
        var directions = ParseDirections(request.Order, errors);
        var keyCount = request.SortBy?.Value.Split(',').Length ?? 1;
        if (directions.Count > 1 && directions.Count != keyCount)
        {
            errors.Add(request.Order!.Value.Name,
                $"{directions.Count} directions for {keyCount} sort field{(keyCount == 1 ? "" : "s")}. Use one for all, or one for each.");
        }
        if (errors.HasErrors)
            return [];

        var keys = fields.Select((field, i) => new OrderKey(field, directions[directions.Count == 1 ? 0 : i]))
            .Append(new OrderKey(BatchFields.Id, directions[0]))
            .ToList();

        // A unique key ends the order: later keys would not change it.
        return keys[..(keys.FindIndex(key => key.Field == BatchFields.Id || (key.Field == BatchFields.BatchCode && !deleted)) + 1)];
    }

    private static List<Field> ParseSortBy(QueryParameter? sortBy, bool deleted, ValidationErrors errors)
    {
        if (sortBy is not { } given)
            return [BatchFields.DefaultSort(deleted)];

        var sortable = BatchFields.Sortable(deleted).ToList();
        var fields = new List<Field>();
        foreach (var name in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var field = FieldNames.FindIgnoringCase(name);
            if (field is null)
                errors.Add(given.Name, $"unknown field '{name}'.{Suggestion.For(name, sortable.Select(f => f.Name))}");
            else if (!field.IsSortable)
                errors.Add(given.Name, $"cannot sort by array field '{name}'. Sortable fields: {string.Join(", ", sortable)}.");
            else if (!sortable.Contains(field))
                errors.Add(given.Name, $"cannot sort active batches by '{name}'. Sortable fields: {string.Join(", ", sortable)}.");
            else if (fields.Contains(field))
                errors.Add(given.Name, $"duplicate field '{name}'.");
            else
                fields.Add(field);
        }
        return fields;
    }

    private static List<bool> ParseDirections(QueryParameter? order, ValidationErrors errors)
    {
        if (order is not { } given)
            return [true];

        var directions = new List<bool>();
        foreach (var word in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var descending = word.Equals("desc", StringComparison.OrdinalIgnoreCase);
            if (!descending && !word.Equals("asc", StringComparison.OrdinalIgnoreCase))
                errors.Add(given.Name, $"'{word}' is not a direction; use asc or desc.");
            directions.Add(descending);
        }
        return directions;
    }
}

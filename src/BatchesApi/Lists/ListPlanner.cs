using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>Makes a plan of a request, by the catalogue of fields (specification, section 3).</summary>
internal static class ListPlanner
{
    /// <summary>Plans a list.</summary>
    /// <param name="request">What the client asked for.</param>
    /// <param name="accountId">The account that it belongs to.</param>
    /// <param name="policy">The condition that every batch meets which the caller may see.</param>
    /// <param name="deleted">Whether it asked for the deleted batches.</param>
    /// <param name="errors">Gets what is wrong; the plan is of no use then.</param>
    public static ListPlan Plan(ListRequest request, int accountId, Condition policy, bool deleted, ValidationErrors errors)
    {
        var plan = new ListPlan(
            accountId,
            deleted,
            Condition.AllOf(policy, FilterPlanner.Plan(request.Filters, errors)),
            Order(request, deleted, errors),
            After: null,
            request.Page,
            request.Limit,
            request.Count,
            request.Keep);
        return request.Cursor is { } cursor ? plan with { After = After(cursor, plan, errors) } : plan;
    }

    private static IReadOnlyList<object?>? After(QueryParameter cursor, ListPlan plan, ValidationErrors errors)
    {
        // Of a list that is at fault itself no cursor could be one.
        if (errors.HasErrors && CursorEncoding.IsWellFormed(cursor.Value))
            return null;
        var after = errors.HasErrors ? null : Cursor.Read(cursor.Value, plan);
        if (after is null)
        {
            errors.Add(cursor.Name, "is not a cursor of this list: pass on 'nextCursor' as it came, with the same credential's account, 'sortBy', 'order' "
                + "and filters as before.");
        }
        return after;
    }

    private static List<OrderKey> Order(ListRequest request, bool deleted, ValidationErrors errors)
    {
        var fields = Fields(request.SortBy, deleted, errors);
        var directions = Directions(request.Order, errors);
        var keyCount = request.SortBy?.Value.Split(',').Length ?? 1;
        if (directions.Count > 1 && directions.Count != keyCount)
        {
            errors.Add(request.Order!.Value.Name,
                $"gives {directions.Count} directions for {keyCount} sort keys; give one for all, or one for each.");
        }
        if (errors.HasErrors)
            return [];

        var keys = fields.Select((field, i) => new OrderKey(field, directions[directions.Count == 1 ? 0 : i]))
            .Append(new OrderKey(BatchFields.Id, directions[0]))
            .ToList();

        // What no two batches share ends the order.
        return keys[..(keys.FindIndex(key => key.Field == BatchFields.Id || (key.Field == BatchFields.BatchCode && !deleted)) + 1)];
    }

    private static List<Field> Fields(QueryParameter? sortBy, bool deleted, ValidationErrors errors)
    {
        if (sortBy is not { } given)
            return [BatchFields.DefaultSort(deleted)];

        var sortable = BatchFields.Sortable(deleted).ToList();
        var fields = new List<Field>();
        foreach (var name in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var field = BatchFields.FindIgnoringCase(name);
            if (field is null)
            {
                errors.Add(given.Name, $"names '{name}', which is not a field of a batch.{Suggestion.For(name, sortable.Select(f => f.Name))}");
            }
            else if (!sortable.Contains(field))
            {
                errors.Add(given.Name, $"names '{name}', which cannot be sorted by {(field.IsSortable ? "here" : "since it is a list")}; "
                    + $"these can: {string.Join(", ", sortable)}.");
            }
            else if (fields.Contains(field))
            {
                errors.Add(given.Name, $"names '{name}' more than once.");
            }
            else
            {
                fields.Add(field);
            }
        }
        return fields;
    }

    private static List<bool> Directions(QueryParameter? order, ValidationErrors errors)
    {
        if (order is not { } given)
            return [true];

        var directions = new List<bool>();
        foreach (var word in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var descending = word.Equals("desc", StringComparison.OrdinalIgnoreCase);
            if (!descending && !word.Equals("asc", StringComparison.OrdinalIgnoreCase))
                errors.Add(given.Name, $"holds '{word}', but a direction is asc or desc.");
            directions.Add(descending);
        }
        return directions;
    }
}

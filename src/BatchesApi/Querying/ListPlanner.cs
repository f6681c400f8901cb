using BatchesApi.Model;
using BatchesApi.Querying.Filters;
using BatchesApi.Requests;

namespace BatchesApi.Querying;

/// <summary>Makes a plan of a request, by the catalogue of fields (contract, section 3).</summary>
internal static class ListPlanner
{
    /// <summary>Plans a list.</summary>
    /// <param name="request">What the client asked for.</param>
    /// <param name="accountId">The account that it belongs to.</param>
    /// <param name="policy">The condition that every batch meets which the caller may see.</param>
    /// <param name="deleted">Whether it asked for the deleted batches.</param>
    /// <param name="faults">Gets what is wrong; the plan is of no use then.</param>
    public static ListPlan Plan(ListRequest request, int accountId, Condition policy, bool deleted, Faults faults)
    {
        var plan = new ListPlan(
            accountId,
            deleted,
            Condition.AllOf(policy, FilterPlanner.Plan(request.Filters, faults)),
            Order(request, deleted, faults),
            After: null,
            request.Page,
            request.Limit,
            request.Count,
            request.Keep);
        return request.Cursor is { } cursor ? plan with { After = After(cursor, plan, faults) } : plan;
    }

    private static IReadOnlyList<object?>? After(QueryParameter cursor, ListPlan plan, Faults faults)
    {
        // Of a list that is at fault itself no cursor could be one.
        if (faults.Any && SealedText.IsWellFormed(cursor.Value))
            return null;
        var after = faults.Any ? null : Cursor.Read(cursor.Value, plan);
        if (after is null)
        {
            faults.Add(cursor.Name, "is not a cursor of this list: pass on 'nextCursor' as it came, with the same credential's account, 'sortBy', 'order' "
                + "and filters as before.");
        }
        return after;
    }

    private static List<SortKey> Order(ListRequest request, bool deleted, Faults faults)
    {
        var fields = Fields(request.SortBy, deleted, faults);
        var directions = Directions(request.Order, faults);
        var keyCount = request.SortBy?.Value.Split(',').Length ?? 1;
        if (directions.Count > 1 && directions.Count != keyCount)
        {
            faults.Add(request.Order!.Value.Name,
                $"gives {directions.Count} directions for {keyCount} sort keys; give one for all, or one for each.");
        }
        if (faults.Any)
            return [];

        var keys = fields.Select((field, i) => new SortKey(field, directions[directions.Count == 1 ? 0 : i]))
            .Append(new SortKey(BatchFields.Id, directions[0]))
            .ToList();

        // What no two batches share ends the order.
        return keys[..(keys.FindIndex(key => key.Field == BatchFields.Id || (key.Field == BatchFields.BatchCode && !deleted)) + 1)];
    }

    private static List<Field> Fields(QueryParameter? sortBy, bool deleted, Faults faults)
    {
        if (sortBy is not { } given)
            return [BatchFields.SortedByDefault(deleted)];

        var sortable = BatchFields.Sortable(deleted).ToList();
        var fields = new List<Field>();
        foreach (var name in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var field = BatchFields.NamedInAnyCase(name);
            if (field is null)
            {
                faults.Add(given.Name, $"names '{name}', which is not a field of a batch.{Suggestion.For(name, sortable.Select(f => f.Name))}");
            }
            else if (!sortable.Contains(field))
            {
                faults.Add(given.Name, $"names '{name}', which cannot be sorted by {(field.IsSortable ? "here" : "since it is a list")}; "
                    + $"these can: {string.Join(", ", sortable)}.");
            }
            else if (fields.Contains(field))
            {
                faults.Add(given.Name, $"names '{name}' more than once.");
            }
            else
            {
                fields.Add(field);
            }
        }
        return fields;
    }

    private static List<bool> Directions(QueryParameter? order, Faults faults)
    {
        if (order is not { } given)
            return [true];

        var directions = new List<bool>();
        foreach (var word in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var descending = word.Equals("desc", StringComparison.OrdinalIgnoreCase);
            if (!descending && !word.Equals("asc", StringComparison.OrdinalIgnoreCase))
                faults.Add(given.Name, $"holds '{word}', but a direction is asc or desc.");
            directions.Add(descending);
        }
        return directions;
    }
}

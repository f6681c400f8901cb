using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The parameters <c>sortBy</c> and <c>order</c> (specification, section 3.2).</summary>
internal static class SortParameters
{
    /// <summary>Parses the parameters to a total order.</summary>
    /// <param name="sortBy">The parameter <c>sortBy</c>, or null.</param>
    /// <param name="order">The parameter <c>order</c>, or null.</param>
    /// <param name="deleted">Whether the list has the deleted batches.</param>
    /// <param name="errors">Receives the errors. If there are any, the order is meaningless.</param>
    public static IReadOnlyList<OrderKey> Parse(QueryParameter? sortBy, QueryParameter? order, bool deleted, ValidationErrors errors)
    {
        var keys = sortBy is { } given ? ParseKeys(given, deleted, errors) : [(BatchFields.DefaultSort(deleted), null)];
        var directions = ParseDirections(order, errors);
        var isSigned = sortBy?.Value.Split(',').Any(key => SplitSign(key).Sign is not null) == true;
        if (isSigned && order is { } other)
        {
            errors.Add(other.Name, $"cannot be combined with signs in {sortBy!.Value.Name}, where a space before a name counts as +. "
                + "Use either signs or order.");
        }
        var count = sortBy?.Value.Split(',').Length ?? 1;
        if (!isSigned && directions.Count > 1 && directions.Count != count)
        {
            errors.Add(order!.Value.Name,
                $"{directions.Count} directions for {count} sort field{(count == 1 ? "" : "s")}. Use one for all, or one for each.");
        }
        if (errors.HasErrors)
            return [];

        var parsed = keys
            .Select((key, i) => new OrderKey(key.Field, key.Descending ?? directions[directions.Count == 1 ? 0 : i]))
            .ToList();
        parsed.Add(new OrderKey(BatchFields.Id, parsed[0].Descending));

        // A unique key ends the order: later keys would not change it.
        return parsed[..(parsed.FindIndex(key => key.Field == BatchFields.Id || (key.Field == BatchFields.BatchCode && !deleted)) + 1)];
    }

    private static List<(Field Field, bool? Descending)> ParseKeys(QueryParameter sortBy, bool deleted, ValidationErrors errors)
    {
        var sortable = BatchFields.Sortable(deleted).ToList();
        var keys = new List<(Field Field, bool? Descending)>();
        foreach (var key in sortBy.Value.Split(','))
        {
            var (sign, name) = SplitSign(key);
            var field = FieldNames.FindIgnoringCase(name);
            if (field is null)
                errors.Add(sortBy.Name, $"unknown field '{name}'.{Suggestion.For(name, sortable.Select(f => f.Name))}");
            else if (!field.IsSortable)
                errors.Add(sortBy.Name, $"cannot sort by array field '{name}'. Sortable fields: {string.Join(", ", sortable)}.");
            else if (!sortable.Contains(field))
                errors.Add(sortBy.Name, $"cannot sort active batches by '{name}'. Sortable fields: {string.Join(", ", sortable)}.");
            else if (keys.Exists(other => other.Field == field))
                errors.Add(sortBy.Name, $"duplicate field '{name}'.");
            else
                keys.Add((field, sign is null ? null : sign == '-'));
        }
        return keys;
    }

    /// <summary>Splits a key into its sign and its name. A space is a plus that the client did not encode, unless another sign
    /// follows.</summary>
    private static (char? Sign, string Name) SplitSign(string key)
    {
        var name = key.TrimStart();
        if (name.Length > 0 && name[0] is '-' or '+')
            return (name[0], name[1..].Trim());
        return (name.Length < key.Length ? '+' : null, name.TrimEnd());
    }

    private static List<bool> ParseDirections(QueryParameter? order, ValidationErrors errors)
    {
        if (order is not { } given)
            return [true];

        var directions = new List<bool>();
        foreach (var word in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var descending = ParseDirection(word);
            if (descending is null)
                errors.Add(given.Name, $"'{word}' is not a direction; use asc or desc.");
            directions.Add(descending ?? true);
        }
        return directions;
    }

    /// <summary>Whether the direction is descending; null for another word.</summary>
    private static bool? ParseDirection(string word) => word.ToLowerInvariant() switch
    {
        "desc" or "descending" or "-1" => true,
        "asc" or "ascending" or "1" => false,
        _ => null,
    };
}

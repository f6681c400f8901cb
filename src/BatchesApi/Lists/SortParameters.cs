using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The parameters <c>sortBy</c> and <c>order</c> (specification, section 3.2).</summary>
internal static partial class SortParameters
{
    /// <summary>Maximum length of a text to translate.</summary>
    private const int MaxLength = 200;

    /// <summary>Parses the parameters to a total order.</summary>
    /// <param name="sortBy">The parameter <c>sortBy</c>, or null.</param>
    /// <param name="order">The parameter <c>order</c>, or null.</param>
    /// <param name="deleted">Whether the list has the deleted batches.</param>
    /// <param name="errors">Receives the errors. If there are any, the order is meaningless.</param>
    public static IReadOnlyList<OrderKey> Parse(QueryParameter? sortBy, QueryParameter? order, bool deleted, ValidationErrors errors)
    {
        // A field can be given once.
        var max = BatchFields.Sortable(deleted).Count();
        foreach (var parameter in new[] { sortBy, order })
        {
            if (parameter?.Value.AsSpan().Count(',') >= max)
                errors.Add(parameter.Value.Name, $"too many values. The maximum is {max}, one for each sortable field.");
        }
        if (sortBy?.Value.AsSpan().Count(',') >= max || order?.Value.AsSpan().Count(',') >= max)
            return [];
        var keys = sortBy is { } given ? ParseKeys(given, order is not null, deleted, errors) : [(BatchFields.DefaultSort(deleted), null)];
        var directions = ParseDirections(order, sortBy is not null, errors);
        var isSigned = sortBy is { } sort && IsSigned(sort.Value);
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

    private static List<(Field Field, bool? Descending)> ParseKeys(
        QueryParameter sortBy, bool hasOrder, bool deleted, ValidationErrors errors)
    {
        var sortable = BatchFields.Sortable(deleted).ToList();
        var keys = new List<(Field Field, bool? Descending)>();
        var translated = new Lazy<string?>(() => Translate(sortBy.Value, isForeign: false, hasOrder));
        foreach (var key in sortBy.Value.Split(','))
        {
            var (sign, name) = SplitSign(key);
            var field = FieldNames.FindIgnoringCase(name);
            if (field is null && translated.Value is { } use)
            {
                errors.Add(sortBy.Name, $"unknown field '{FieldsSyntax.Shorten(name)}'. Use {use}.");
                return keys;
            }
            if (field is null)
                errors.Add(sortBy.Name, $"unknown field '{FieldsSyntax.Shorten(name)}'.{DescribeKey(name, sortable, hasOrder)}");
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

    /// <summary>The parameters that a sort of another API means, such as <c>rating desc,dueDate</c> or <c>rating:asc</c>; null if it is not
    /// certain.</summary>
    /// <param name="sort">The sort.</param>
    /// <param name="isForeign">Whether it is a parameter of another API. There, keys without a direction are ascending.</param>
    /// <param name="hasOrder">Whether the request gives directions elsewhere.</param>
    public static string? Translate(string sort, bool isForeign, bool hasOrder)
    {
        if (sort.Length > MaxLength)
            return null;
        var keys = SplitKeys(sort).Select(TranslateKey).ToList();
        if (keys.Contains(null) || keys.DistinctBy(key => key!.Value.Field).Count() < keys.Count)
            return null;
        var names = string.Join(',', keys.Select(key => key!.Value.Field));
        if (keys.TrueForAll(key => key!.Value.Descending is null) && (hasOrder || !isForeign))
            return $"sortBy={names}";

        // Here, a key without a sign beside others is descending, but elsewhere it is ascending.
        if (hasOrder || (!isForeign && keys.Exists(key => key!.Value.Descending is null) && sort.AsSpan().IndexOfAny("-+") >= 0))
            return null;
        var directions = keys.Select(key => key!.Value.Descending == true).ToList();
        return directions.TrueForAll(descending => descending == directions[0])
            ? $"sortBy={names}&order={(directions[0] ? "desc" : "asc")}"
            : $"sortBy={names}&order={string.Join(',', directions.Select(descending => descending ? "desc" : "asc"))}";
    }

    /// <summary>Whether a sort has signs, which give directions.</summary>
    public static bool IsSigned(string sort) => sort.Split(',').Any(key => SplitSign(key).Sign is not null);

    /// <summary>Whether the direction is descending; null for another word.</summary>
    public static bool? ParseDirection(string word) => word.ToLowerInvariant() switch
    {
        "desc" or "descending" or "-1" => true,
        "asc" or "ascending" or "1" => false,
        _ => null,
    };

    /// <summary>Splits keys at commas. In <c>rating,desc</c>, the direction belongs to the key before.</summary>
    private static List<string> SplitKeys(string sort)
    {
        var keys = new List<string>();
        foreach (var part in sort.Split(','))
        {
            if (keys.Count > 0 && ParseDirection(part.Trim()) is not null)
                keys[^1] += $" {part.Trim()}";
            else
                keys.Add(part);
        }
        return keys;
    }

    private static (Field Field, bool? Descending)? TranslateKey(string key)
    {
        var match = KeyWithDirection().Match(key);
        if (!match.Success || FieldsPointers.FindField(match.Groups["name"].Value) is not { } field
            || !BatchFields.Sortable(deleted: false).Contains(field))
        {
            return null;
        }
        var (sign, word) = (match.Groups["sign"].Value, match.Groups["direction"].Value);
        if (word.Length == 0)
            return (field, sign.Length == 0 ? null : sign == "-");
        return sign.Length == 0 && ParseDirection(word) is { } descending ? (field, descending) : null;
    }

    private static List<bool> ParseDirections(QueryParameter? order, bool hasSort, ValidationErrors errors)
    {
        if (order is not { } given)
            return [true];

        var directions = new List<bool>();
        foreach (var word in given.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var descending = ParseDirection(word);
            if (descending is null)
                errors.Add(given.Name, $"'{FieldsSyntax.Shorten(word)}' is not a direction. {DescribeDirection(word, hasSort)}");
            directions.Add(descending ?? true);
        }
        return directions;
    }

    private static string DescribeKey(string name, IReadOnlyList<Field> sortable, bool hasOrder) => ParseDirection(name) is { } descending
        ? $" Use order{(hasOrder ? "" : descending ? "=desc" : "=asc")} for the direction."
        : Suggestion.For(name, sortable.Select(field => field.Name));

    private static string DescribeDirection(string word, bool hasSort)
    {
        if (hasSort || word.Length > MaxLength || TranslateKey(word) is not var (field, descending))
            return "Use asc or desc.";
        return descending is null
            ? $"Use sortBy={field} to sort by a field."
            : $"Use sortBy={field}&order={(descending == true ? "desc" : "asc")}.";
    }

    /// <summary>A field with a sign before it or a direction behind it.</summary>
    [GeneratedRegex(@"\A\s*(?<sign>[-+]?)\s*(?<name>\w+?)(?:\s*[ :.|_/]\s*(?<direction>-?\w+))?\s*\z")]
    private static partial Regex KeyWithDirection();
}

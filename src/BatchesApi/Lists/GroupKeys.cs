using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Lists;

/// <summary>The spans of time by which dates are grouped, in UTC. A week begins on Monday.</summary>
internal enum DateUnit
{
    Day,
    Week,
    Month,
    Year,
}

/// <summary>A field by which batches are grouped.</summary>
/// <param name="Field">The field.</param>
/// <param name="Unit">The unit of a date; null for other fields.</param>
internal readonly record struct GroupKey(Field Field, DateUnit? Unit = null)
{
    /// <inheritdoc/>
    public override string ToString() => Unit is { } unit ? $"{Field}:{unit.ToText()}" : Field.Name;
}

/// <summary>The parameter <c>by</c> (specification, section 3.11).</summary>
internal static class GroupKeys
{
    public const int MaxKeys = 2;

    private const string Example = "such as by=assignee or by=assignee,dueDate:month";

    /// <summary>The fields that take few values, and those that are grouped by a unit of time.</summary>
    public static IReadOnlyList<Field> Fields { get; } =
    [
        BatchFields.BatchType, BatchFields.Manager, BatchFields.Assignee, BatchFields.Rating, BatchFields.Repeated, BatchFields.DueDate,
        BatchFields.CreatedAt, BatchFields.UpdatedAt,
    ];

    public static IReadOnlyList<string> Units { get; } = [.. Enum.GetValues<DateUnit>().Select(ToText)];

    public static string ToText(this DateUnit unit) => unit.ToString().ToLowerInvariant();

    /// <param name="by">The parameter, or null.</param>
    /// <param name="errors">Receives the errors. If there are any, the keys are meaningless.</param>
    public static IReadOnlyList<GroupKey> Parse(QueryParameter? by, ValidationErrors errors)
    {
        if (by is not var (name, value))
        {
            if (!errors.Has(ApiParameters.GroupBy.Name))
                errors.Add(ApiParameters.GroupBy.Name, $"is required. Name one or two fields, {Example}.");
            return [];
        }
        if (value.AsSpan().Count(',') >= MaxKeys)
        {
            errors.Add(name, $"too many fields. The maximum is {MaxKeys}.");
            return [];
        }
        var keys = new List<GroupKey>();
        foreach (var term in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var key = ParseKey(term);
            if (key.Problem is { } problem)
                errors.Add(name, problem);
            else if (keys.Exists(other => other.Field == key.Value.Field))
                errors.Add(name, $"duplicate field '{key.Value.Field}'.");
            else
                keys.Add(key.Value);
        }
        return keys;
    }

    private static (GroupKey Value, string? Problem) ParseKey(string term)
    {
        var (name, unit) = term.Split(':', 2, StringSplitOptions.TrimEntries) is [var first, var second] ? (first, second) : (term, null);
        if (name.Length == 0)
            return (default, $"expected a field name, {Example}.");
        if (FieldNames.FindIgnoringCase(name) is not { } field)
        {
            return (default, $"unknown field '{FieldsSyntax.Shorten(name)}'.{Suggestion.For(name, Fields.Select(one => one.Name))} "
                + DescribeFields());
        }
        if (!Fields.Contains(field))
            return (default, $"cannot group by '{field}'. {DescribeFields()}");
        if (field.Kind != FieldKind.DateTime)
        {
            return unit is null
                ? (new GroupKey(field), null)
                : (default, $"'{field}' takes no unit, because it is {field.Kind.ToText()}. Use by={field}.");
        }
        var forms = string.Join(", ", Units.Select(one => $"{field}:{one}"));
        if (unit is null)
            return (default, $"'{field}' needs a unit. Use one of {forms}.");
        return Units.Index().FirstOrDefault(one => one.Item.Equals(unit, StringComparison.OrdinalIgnoreCase)) is (var index, not null)
            ? (new GroupKey(field, (DateUnit)index), null)
            : (default, $"unknown unit '{FieldsSyntax.Shorten(unit)}'.{Suggestion.For(unit, Units)} Use one of {forms}.");
    }

    private static string DescribeFields() => $"Fields: {string.Join(", ", Fields)}.";
}

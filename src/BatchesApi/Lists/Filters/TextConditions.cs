using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Plans the conditions that look into text (specification, section 3): the terms of <c>q</c>, and <c>contains</c> and <c>startsWith</c> in
/// <c>fields</c>.</summary>
internal static class TextConditions
{
    /// <summary>Plans a term: it occurs in a searched text, or is a whole id.</summary>
    /// <param name="term">The term.</param>
    /// <param name="isPositive">Whether it is to hold, or not to.</param>
    public static Condition Plan(TermFilter term, bool isPositive)
    {
        var occurs = isPositive != term.Excluded;
        var id = term.Text.ToLowerInvariant();
        var locations = new List<Condition> { new TextSearch(term.Text, occurs) };
        if (ObjectIdGenerator.IsValid(id))
            locations.Add(new Comparison(BatchFields.Id, occurs ? ComparisonOperator.Equal : ComparisonOperator.NotEqual, id));
        locations.AddRange(BatchFields.All
            .Where(field => field.Kind == FieldKind.TextList && term.Text.Length <= field.MaxLength * 2)
            .Select(field => new Contains(field, [.. new[] { term.Text, id }.Distinct()], All: false, occurs)));
        return Logical.Create(isAnd: !occurs, locations);
    }

    /// <summary>Plans a condition of <c>fields</c>, which has no negation.</summary>
    public static Condition Plan(Field field, OperatorFilter condition, ValidationErrors errors)
    {
        var operand = condition.Value!;
        if (field.Kind is not (FieldKind.Text or FieldKind.TextList))
        {
            condition.Location.AddError(errors, $"needs text, but '{field}' is none.");
            return Condition.Never;
        }
        if (operand.Kind == FilterValueKind.Null)
        {
            operand.Location.AddError(errors, "must be text; the text null is put in double quotes.");
            return Condition.Never;
        }

        var matched = new TextMatch(field, operand.Text, condition.Operator == FilterOperator.StartsWith);
        if (field.Kind == FieldKind.TextList)
            return new AnyElement(field, matched, IsPositive: true);

        // The text of all searched fields has what one of them has, and there is an index on that.
        return field.IsSearched ? Condition.AllOf(new TextSearch(operand.Text, IsPositive: true), matched) : matched;
    }
}

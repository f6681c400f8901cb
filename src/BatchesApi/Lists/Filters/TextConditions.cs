using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Plans text searches (specification, section 3.8): the terms of <c>q</c>, and <c>contains</c> and <c>startsWith</c> in
/// <c>fields</c>.</summary>
internal static class TextConditions
{
    /// <summary>Plans a term, which occurs in a searched text or is a whole id.</summary>
    /// <param name="term">The term.</param>
    /// <param name="isPositive">False to negate it.</param>
    public static Condition Plan(TermFilter term, bool isPositive)
    {
        var occurs = isPositive != term.Excluded;
        var id = term.Text.ToLowerInvariant();
        var alternatives = new List<Condition> { new TextSearch(term.Text, occurs) };
        if (ObjectIdGenerator.IsValid(id))
            alternatives.Add(new Comparison(BatchFields.Id, occurs ? ComparisonOperator.Equal : ComparisonOperator.NotEqual, id));
        alternatives.AddRange(BatchFields.All
            .Where(field => field.Kind == FieldKind.TextList && term.Text.Length <= field.MaxLength * 2)
            .Select(field => new Contains(field, [.. new[] { term.Text, id }.Distinct()], All: false, occurs)));
        return Logical.Create(isAnd: !occurs, alternatives);
    }

    /// <summary>Plans a condition of <c>fields</c>, which cannot be negated.</summary>
    public static Condition Plan(Field field, OperatorFilter condition, ValidationErrors errors)
    {
        var operand = condition.Value!;
        if (field.Kind is not (FieldKind.Text or FieldKind.TextList))
        {
            condition.Location.AddError(
                errors,
                $"'{FieldsOperators.GetName(condition.Operator)}' requires a string or array field",
                $"'{field}' is {field.Kind.ToText()}.");
            return Condition.Never;
        }
        if (operand.Kind == FilterValueKind.Null)
        {
            operand.Location.AddError(errors, "expected text", """Use "null" to search for the word.""");
            return Condition.Never;
        }

        var matched = new TextMatch(field, operand.Text, condition.Operator == FilterOperator.StartsWith);
        if (field.Kind == FieldKind.TextList)
            return new AnyElement(field, matched, IsPositive: true);

        // A term that occurs in the field also occurs in the text of all searched fields, which has an index.
        return field.IsSearched ? Condition.AllOf(new TextSearch(operand.Text, IsPositive: true), matched) : matched;
    }
}

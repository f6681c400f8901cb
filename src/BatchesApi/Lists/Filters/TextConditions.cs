using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Plans text searches: the terms of <c>q</c> (specification, section 3.8), and <c>contains</c> and <c>startsWith</c> (sections
/// 3.6 and 3.7).</summary>
internal static class TextConditions
{
    /// <summary>Plans a term, which occurs in a searched text or is a whole id. A term that folding removes occurs nowhere.</summary>
    /// <param name="term">The term.</param>
    /// <param name="isPositive">False to negate it.</param>
    public static Condition Plan(TermFilter term, bool isPositive)
    {
        var occurs = isPositive != term.Excluded;
        if (FoldedText.IsEmpty(term.Text))
            return occurs ? Condition.Never : Condition.Always;
        var id = term.Text.ToLowerInvariant();
        var alternatives = new List<Condition> { new TextSearch(term.Text, occurs) };
        if (ObjectIdGenerator.IsValid(id))
            alternatives.Add(new Comparison(BatchFields.Id, occurs ? ComparisonOperator.Equal : ComparisonOperator.NotEqual, id));
        alternatives.AddRange(BatchFields.All
            .Where(field => field.Kind == FieldKind.TextList && term.Text.Length <= field.MaxLength * 2)
            .Select(field => new Contains(field, [.. new[] { term.Text, id }.Distinct()], All: false, occurs)));
        return Logical.Create(isAnd: !occurs, alternatives);
    }

    /// <summary>Plans <c>contains</c> or <c>startsWith</c>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isElement">Whether the value is an element of the field.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="isPositive">False to negate it.</param>
    /// <param name="errors">Receives the errors.</param>
    public static Condition Plan(Field field, bool isElement, OperatorFilter condition, bool isPositive, ValidationErrors errors)
    {
        var (operand, atStart) = (condition.Value!, condition.Operator == FilterOperator.StartsWith);
        if (field.Kind == FieldKind.TextList)
            return PlanArray(field, isElement, condition, errors);
        if (field.Kind != FieldKind.Text)
        {
            condition.Location.AddError(
                errors, $"'{GetName(condition)}' requires a string field", $"'{field}' is {field.Kind.ToText()}.");
            return Condition.Never;
        }
        if (!IsText(operand, errors))
            return Condition.Never;

        var match = operand.Relative is { } relative
            ? new TextMatch(field, relative, atStart, isPositive)
            : Match(field, operand.Text, atStart, isPositive);
        return !isPositive && field.IsNullable ? Condition.AnyOf(new IsMissing(field, IsPositive: true), match) : match;
    }

    /// <summary>The condition that the field has a value that contains the term, or starts with it (or has a value that does
    /// not).</summary>
    public static Condition Match(Field field, string term, bool atStart, bool isPositive)
    {
        var match = new TextMatch(field, term, atStart, isPositive);
        if (!isPositive)
            return match;

        // A text that occurs in the field also occurs in the text of all searched fields, which has an index. There, texts of one or two
        // characters are found only where a word begins, such as the start of a field, and those without characters not at all.
        return field.IsSearched && FoldedText.HasAtLeast(atStart ? 1 : 3, term)
            ? Condition.AllOf(new TextSearch(term, IsPositive: true), match)
            : match;
    }

    /// <summary>Plans an operator on an array field. Elements are ids, which are only compared whole: <c>contains</c> in <c>fields</c>
    /// means that the array contains the id.</summary>
    private static Condition PlanArray(Field field, bool isElement, OperatorFilter condition, ValidationErrors errors)
    {
        var operand = condition.Value!;
        var inFields = condition.Location.Character is not null;
        if (condition.Operator == FilterOperator.Contains && inFields)
        {
            return IsText(operand, errors)
                ? ArrayConditions.Plan(field, condition with { Operator = FilterOperator.Eq }, isPositive: true, errors)
                : Condition.Never;
        }
        var pointer = inFields ? FieldsSyntax.Write(field, operand.Text) : $"{{\"{field}\":{FieldsSyntax.WriteJson(operand.Text)}}}";
        var reason = isElement ? $"The elements of '{field}' are ids" : $"'{field}' is an array of ids";
        condition.Location.AddError(
            errors, $"'{GetName(condition)}' requires a string field", $"{reason}, which are compared whole: {pointer}.");
        return Condition.Never;
    }

    private static bool IsText(FilterValue operand, ValidationErrors errors)
    {
        var isText = operand.Kind is FilterValueKind.Text or FilterValueKind.Word || operand.Relative is CallerName;
        if (operand is { Kind: FilterValueKind.Null, Location.Character: not null })
            operand.Location.AddError(errors, "expected text", """Use "null" to search for the word.""");
        else if (!isText)
            operand.Location.AddError(errors, "expected a string");
        return isText;
    }

    private static string GetName(OperatorFilter condition) => condition.Location.Character is null
        ? MongoOperators.GetName(condition.Operator)
        : FieldsOperators.GetName(condition.Operator);
}

using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Turns filters into a typed condition by the catalogue of fields and MongoDB's semantics: a field without a value is a missing
/// field (specification, section 3.7). Negation is pushed down to the leaves by De Morgan's laws, through <c>isPositive</c>.</summary>
internal static class FilterPlanner
{
    /// <summary>Plans filters, all of which must hold.</summary>
    /// <param name="filters">The filters.</param>
    /// <param name="errors">Receives the errors. If there are any, the condition is meaningless.</param>
    public static Condition Plan(IEnumerable<FilterNode> filters, ValidationErrors errors) =>
        Condition.AllOf([.. filters.Select(filter => Plan(filter, isPositive: true, errors))]);

    private static Condition Plan(FilterNode filter, bool isPositive, ValidationErrors errors)
    {
        if (filter is FieldFilter onField)
            return Plan(onField, isPositive, errors);
        if (filter is TermFilter term)
            return TextConditions.Plan(term, isPositive);

        var (op, filters) = (LogicalFilter)filter;
        var isAnd = op == LogicalOperator.Or ? !isPositive : isPositive;
        return Logical.Create(isAnd, [.. filters.Select(f => Plan(f, op == LogicalOperator.Nor ? !isPositive : isPositive, errors))]);
    }

    private static Condition Plan(FieldFilter filter, bool isPositive, ValidationErrors errors)
    {
        if (FieldNames.Find(filter.Name) is { } field)
            return Plan(field, isElement: false, filter.Conditions, isPositive, errors);
        filter.Location.AddError(errors, $"unknown field '{FieldsSyntax.Shorten(filter.Name)}'", MongoPointers.DescribeField(filter.Name));
        return Condition.Never;
    }

    private static Condition Plan(
        Field field, bool isElement, IReadOnlyList<OperatorFilter> conditions, bool isPositive, ValidationErrors errors) =>
        Logical.Create(isPositive, [.. conditions.Select(condition => Plan(field, isElement, condition, isPositive, errors))]);

    private static Condition Plan(Field field, bool isElement, OperatorFilter condition, bool isPositive, ValidationErrors errors)
    {
        var isArray = field.Kind == FieldKind.TextList && !isElement;
        switch (condition.Operator)
        {
            case FilterOperator.Not:
                return Plan(field, isElement, condition.Conditions, !isPositive, errors);

            case FilterOperator.ElemMatch when isArray:
                return PlanAnyElement(field, Plan(field, isElement: true, condition.Conditions, isPositive: true, errors), isPositive);

            case FilterOperator.All or FilterOperator.Size when isArray:
                return ArrayConditions.Plan(field, condition, isPositive, errors);

            case FilterOperator.ElemMatch or FilterOperator.All or FilterOperator.Size:
                var actual = isElement ? $"an element of '{field}' is a string" : $"'{field}' is {field.Kind.ToText()}";
                condition.Location.AddError(errors, $"requires an array field; {actual}");
                return Condition.Never;

            case FilterOperator.Contains or FilterOperator.StartsWith:
                return TextConditions.Plan(field, isElement, condition, isPositive, errors);

            default:
                return isArray
                    ? ArrayConditions.Plan(field, condition, isPositive, errors)
                    : new ValueConditions(field, isElement).Plan(condition, isPositive, errors);
        }
    }

    /// <summary>The condition that some element meets another (or none does), in a form that an index can serve if possible.</summary>
    private static Condition PlanAnyElement(Field field, Condition element, bool isPositive) => element switch
    {
        Comparison { Operator: ComparisonOperator.Equal } one => new Contains(field, [one.Value], All: false, isPositive),
        OneOf { IsPositive: true } several => new Contains(field, several.Values, All: false, isPositive),
        Constant { IsTrue: true } => new ArrayLength(field, 0, !isPositive),
        Constant => isPositive ? Condition.Never : Condition.Always,
        _ => new AnyElement(field, element, isPositive),
    };
}

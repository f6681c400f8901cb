using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Makes a typed condition of filters, by the catalogue of fields and MongoDB's semantics, where a field without a value is a
/// missing field (specification, section 3). Negation goes down to the leaves by De Morgan's laws: every step is told whether it is to hold
/// or not.</summary>
internal static class FilterPlanner
{
    /// <summary>Plans filters, all of which must hold.</summary>
    /// <param name="filters">The filters.</param>
    /// <param name="errors">Gets what is wrong; the condition is of no use then.</param>
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
        if (BatchFields.Find(filter.Name) is { } field)
            return Plan(field, isElement: false, filter.Conditions, isPositive, errors);
        filter.Location.AddError(errors, $"is not a field of a batch.{Suggestion.For(filter.Name, BatchFields.All.Select(f => f.Name))}");
        return Condition.Never;
    }

    private static Condition Plan(Field field, bool isElement, IReadOnlyList<OperatorFilter> conditions, bool isPositive, ValidationErrors errors) =>
        Logical.Create(isPositive, [.. conditions.Select(condition => Plan(field, isElement, condition, isPositive, errors))]);

    private static Condition Plan(Field field, bool isElement, OperatorFilter condition, bool isPositive, ValidationErrors errors)
    {
        var isList = field.Kind == FieldKind.TextList && !isElement;
        switch (condition.Operator)
        {
            case FilterOperator.Not:
                return Plan(field, isElement, condition.Conditions, !isPositive, errors);

            case FilterOperator.ElemMatch when isList:
                return Some(field, Plan(field, isElement: true, condition.Conditions, isPositive: true, errors), isPositive);

            case FilterOperator.All or FilterOperator.Size when isList:
                return ArrayConditions.Plan(field, condition, isPositive, errors);

            case FilterOperator.ElemMatch or FilterOperator.All or FilterOperator.Size:
                condition.Location.AddError(errors, $"needs a list, but {(isElement ? $"an element of '{field}'" : $"'{field}'")} is none.");
                return Condition.Never;

            case FilterOperator.Contains or FilterOperator.StartsWith:
                return TextConditions.Plan(field, condition, errors);

            default:
                return isList
                    ? ArrayConditions.Plan(field, condition, isPositive, errors)
                    : new ValueConditions(field, isElement).Plan(condition, isPositive, errors);
        }
    }

    /// <summary>The condition that some element meets another (or none does), where an index can serve it if there is a way.</summary>
    private static Condition Some(Field field, Condition element, bool isPositive) => element switch
    {
        Comparison { Operator: ComparisonOperator.Equal } one => new Contains(field, [(string)one.Value], All: false, isPositive),
        OneOf { IsPositive: true } several => new Contains(field, [.. several.Values.Cast<string>()], All: false, isPositive),
        Constant { IsTrue: true } => new ArrayLength(field, 0, !isPositive),
        Constant => isPositive ? Condition.Never : Condition.Always,
        _ => new AnyElement(field, element, isPositive),
    };
}

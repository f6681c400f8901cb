using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Querying.Filters;

/// <summary>Makes a typed condition of filters, by the catalogue of fields and MongoDB's semantics, where a field without a value is a
/// missing field (contract, section 3). Negation goes down to the leaves by De Morgan's laws: every step is told whether it is to hold
/// or not.</summary>
internal static class FilterPlanner
{
    /// <summary>Plans filters, all of which must hold.</summary>
    /// <param name="filters">The filters.</param>
    /// <param name="faults">Gets what is wrong; the condition is of no use then.</param>
    public static Condition Plan(IEnumerable<Filter> filters, Faults faults) =>
        Condition.AllOf([.. filters.Select(filter => Plan(filter, holds: true, faults))]);

    private static Condition Plan(Filter filter, bool holds, Faults faults)
    {
        if (filter is FieldFilter onField)
            return Plan(onField, holds, faults);
        if (filter is TermFilter term)
            return TextConditions.Plan(term, holds);

        var (op, filters) = (LogicalFilter)filter;
        var isAnd = op == LogicalOperator.Or ? !holds : holds;
        return Joined.Of(isAnd, [.. filters.Select(f => Plan(f, op == LogicalOperator.Nor ? !holds : holds, faults))]);
    }

    private static Condition Plan(FieldFilter filter, bool holds, Faults faults)
    {
        if (BatchFields.Named(filter.Name) is { } field)
            return Plan(field, isElement: false, filter.Conditions, holds, faults);
        filter.Place.Fault(faults, $"is not a field of a batch.{Suggestion.For(filter.Name, BatchFields.All.Select(f => f.Name))}");
        return Condition.Never;
    }

    private static Condition Plan(Field field, bool isElement, IReadOnlyList<OperatorFilter> conditions, bool holds, Faults faults) =>
        Joined.Of(holds, [.. conditions.Select(condition => Plan(field, isElement, condition, holds, faults))]);

    private static Condition Plan(Field field, bool isElement, OperatorFilter condition, bool holds, Faults faults)
    {
        var isList = field.Kind == FieldKind.TextList && !isElement;
        switch (condition.Operator)
        {
            case FilterOperator.Not:
                return Plan(field, isElement, condition.Conditions, !holds, faults);

            case FilterOperator.ElemMatch when isList:
                return Some(field, Plan(field, isElement: true, condition.Conditions, holds: true, faults), holds);

            case FilterOperator.All or FilterOperator.Size when isList:
                return ListConditions.Plan(field, condition, holds, faults);

            case FilterOperator.ElemMatch or FilterOperator.All or FilterOperator.Size:
                condition.Place.Fault(faults, $"needs a list, but {(isElement ? $"an element of '{field}'" : $"'{field}'")} is none.");
                return Condition.Never;

            case FilterOperator.Contains or FilterOperator.StartsWith:
                return TextConditions.Plan(field, condition, faults);

            default:
                return isList
                    ? ListConditions.Plan(field, condition, holds, faults)
                    : new ValueConditions(field, isElement).Plan(condition, holds, faults);
        }
    }

    /// <summary>The condition that some element meets another (or none does), where an index can serve it if there is a way.</summary>
    private static Condition Some(Field field, Condition element, bool holds) => element switch
    {
        Compared { Comparison: Comparison.Equal } one => new Contains(field, [(string)one.Value], All: false, holds),
        OneOf { Holds: true } several => new Contains(field, [.. several.Values.Cast<string>()], All: false, holds),
        Fixed { Holds: true } => new Sized(field, 0, !holds),
        Fixed => holds ? Condition.Never : Condition.Always,
        _ => new SomeElement(field, element, holds),
    };
}

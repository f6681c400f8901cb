using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Plans the conditions on an array field: an operator holds if some element satisfies it, <c>$ne</c> and <c>$nin</c> if no
/// element is equal (specification, section 3.7). An array is never missing, and neither is an element.</summary>
internal static class ArrayConditions
{
    /// <param name="field">The array field.</param>
    /// <param name="condition">The condition; not <c>$not</c> or <c>$elemMatch</c>.</param>
    /// <param name="isPositive">False to negate it.</param>
    /// <param name="errors">Receives the errors.</param>
    public static Condition Plan(Field field, OperatorFilter condition, bool isPositive, ValidationErrors errors)
    {
        var operand = condition.Value!;
        switch (condition.Operator)
        {
            case FilterOperator.Exists:
                return Constant(isPositive == (operand.Text == "true"));
            case FilterOperator.Eq:
                return Equal(field, operand, isPositive, errors);
            case FilterOperator.Ne:
                return Equal(field, operand, !isPositive, errors);
            case FilterOperator.In:
                return Any(field, Texts(field, operand, errors), isPositive);
            case FilterOperator.Nin:
                return Any(field, Texts(field, operand, errors), !isPositive);
            case FilterOperator.All:
                var texts = Texts(field, operand, errors);
                return texts.Count == 0 || operand.Items.Any(item => item.Kind == FilterValueKind.Null)
                    ? Constant(!isPositive)
                    : new Contains(field, texts, All: true, isPositive);
            case FilterOperator.Size:
                return Size(field, operand, isPositive, errors);
            default:
                var element = new ValueConditions(field, isElement: true).Plan(condition, isPositive: true, errors);
                return element is Constant ? element : new AnyElement(field, element, isPositive);
        }
    }

    private static Condition Equal(Field field, FilterValue operand, bool isPositive, ValidationErrors errors)
    {
        switch (operand.Kind)
        {
            case FilterValueKind.Null:
                return Constant(!isPositive);
            case FilterValueKind.List:
                foreach (var item in operand.Items.Where(item => item.Kind == FilterValueKind.Null))
                    item.Location.AddError(errors, "expected a string");
                return new ArrayEquals(field, Texts(field, operand, errors, distinct: false), isPositive);
            default:
                return Operand.Parse(field, FieldKind.TextList, operand, allowsNull: true, errors) is { } value
                    ? Any(field, [value.Value], isPositive)
                    : Condition.Never;
        }
    }

    private static Condition Any(Field field, List<object> texts, bool isPositive) =>
        texts.Count == 0 ? Constant(!isPositive) : new Contains(field, texts, All: false, isPositive);

    private static Condition Size(Field field, FilterValue operand, bool isPositive, ValidationErrors errors)
    {
        if (operand.Kind != FilterValueKind.Number || JsonInteger.Parse(operand.Text) is not (>= 0 and var count))
        {
            operand.Location.AddError(errors, "expected a non-negative integer");
            return Condition.Never;
        }
        return count > int.MaxValue ? Constant(!isPositive) : new ArrayLength(field, (int)count, isPositive);
    }

    private static List<object> Texts(Field field, FilterValue list, ValidationErrors errors, bool distinct = true)
    {
        var texts = list.Items.Where(item => item.Kind != FilterValueKind.Null)
            .Select(item => Operand.Parse(field, FieldKind.Text, item, allowsNull: true, errors)?.Value ?? "")
            .ToList();
        return distinct ? [.. texts.Distinct()] : texts;
    }

    private static Condition Constant(bool isPositive) => isPositive ? Condition.Always : Condition.Never;
}

using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Querying.Filters;

/// <summary>Plans the conditions on a list: an operator holds if some element satisfies it, <c>$ne</c> and <c>$nin</c> if none equals
/// (contract, section 3). A list is never missing, and neither is an element.</summary>
internal static class ListConditions
{
    /// <summary>Plans a condition.</summary>
    /// <param name="field">The list.</param>
    /// <param name="condition">The condition; not <c>$not</c> or <c>$elemMatch</c>.</param>
    /// <param name="holds">Whether it is to hold, or not to.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static Condition Plan(Field field, OperatorFilter condition, bool holds, Faults faults)
    {
        var operand = condition.Value!;
        switch (condition.Operator)
        {
            case FilterOperator.Exists:
                return Fixed(holds == (operand.Text == "true"));
            case FilterOperator.Eq:
                return Equal(field, operand, holds, faults);
            case FilterOperator.Ne:
                return Equal(field, operand, !holds, faults);
            case FilterOperator.In:
                return Any(field, Texts(field, operand, faults), holds);
            case FilterOperator.Nin:
                return Any(field, Texts(field, operand, faults), !holds);
            case FilterOperator.All:
                var texts = Texts(field, operand, faults);
                return texts.Count == 0 || operand.Items.Any(item => item.Kind == FilterValueKind.Null)
                    ? Fixed(!holds)
                    : new Contains(field, texts, All: true, holds);
            case FilterOperator.Size:
                return Size(field, operand, holds, faults);
            default:
                var element = new ValueConditions(field, isElement: true).Plan(condition, holds: true, faults);
                return element is Fixed ? element : new SomeElement(field, element, holds);
        }
    }

    private static Condition Equal(Field field, FilterValue operand, bool holds, Faults faults)
    {
        switch (operand.Kind)
        {
            case FilterValueKind.Null:
                return Fixed(!holds);
            case FilterValueKind.List:
                foreach (var item in operand.Items.Where(item => item.Kind == FilterValueKind.Null))
                    item.Place.Fault(faults, "must be a string.");
                return new SameList(field, Texts(field, operand, faults, distinct: false), holds);
            default:
                return Operand.Read(field, FieldKind.TextList, operand, allowsNull: true, faults) is { } value
                    ? Any(field, [(string)value.Value], holds)
                    : Condition.Never;
        }
    }

    private static Condition Any(Field field, List<string> texts, bool holds) =>
        texts.Count == 0 ? Fixed(!holds) : new Contains(field, texts, All: false, holds);

    private static Condition Size(Field field, FilterValue operand, bool holds, Faults faults)
    {
        if (operand.Kind != FilterValueKind.Number || WholeNumber.Parse(operand.Text) is not (>= 0 and var count))
        {
            operand.Place.Fault(faults, "must be a whole number from 0 on.");
            return Condition.Never;
        }
        return count > int.MaxValue ? Fixed(!holds) : new Sized(field, (int)count, holds);
    }

    private static List<string> Texts(Field field, FilterValue list, Faults faults, bool distinct = true)
    {
        var texts = list.Items.Where(item => item.Kind != FilterValueKind.Null)
            .Select(item => Operand.Read(field, FieldKind.Text, item, allowsNull: true, faults)?.Value as string ?? "")
            .ToList();
        return distinct ? [.. texts.Distinct(StringComparer.Ordinal)] : texts;
    }

    private static Condition Fixed(bool holds) => holds ? Condition.Always : Condition.Never;
}

using BatchesApi.Model;
using BatchesApi.Requests;
using BatchesApi.Requests.Filters;

namespace BatchesApi.Querying.Filters;

/// <summary>Plans the conditions on a single value: a field that is no list, or an element of a list.</summary>
/// <param name="field">The field.</param>
/// <param name="isElement">Whether the value is an element of the field's list.</param>
internal readonly struct ValueConditions(Field field, bool isElement)
{
    private readonly Field _field = field;
    private readonly FieldKind _kind = isElement ? FieldKind.Text : field.Kind;
    private readonly bool _canBeMissing = field.IsNullable && !isElement;

    /// <summary>Plans a condition.</summary>
    /// <param name="condition">The condition; its operator is one for single values.</param>
    /// <param name="holds">Whether it is to hold, or not to.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public Condition Plan(OperatorFilter condition, bool holds, Faults faults)
    {
        var operand = condition.Value!;
        switch (condition.Operator)
        {
            case FilterOperator.Exists:
                return IsMissing(holds != (operand.Text == "true"));
            case FilterOperator.Ne:
                return Equal(operand, !holds, faults);
            case FilterOperator.Eq:
                return Equal(operand, holds, faults);
            case FilterOperator.In:
                return In(operand, holds, faults);
            case FilterOperator.Nin:
                return In(operand, !holds, faults);
            default:
                if (Operand.Read(_field, _kind, operand, allowsNull: false, faults) is not { } value)
                    return Condition.Never;
                var comparison = ComparisonOf(condition.Operator);
                return holds ? Compare(comparison, value) : OrMissing(Compare(Opposite(comparison), value));
        }
    }

    private Condition Equal(FilterValue operand, bool holds, Faults faults)
    {
        if (operand.Kind == FilterValueKind.Null)
            return IsMissing(holds);
        if (Operand.Read(_field, _kind, operand, allowsNull: true, faults) is not { } value)
            return Condition.Never;
        return holds ? Compare(Comparison.Equal, value) : OrMissing(Compare(Comparison.NotEqual, value));
    }

    private Condition In(FilterValue operand, bool holds, Faults faults)
    {
        var field = _field;
        var kind = _kind;
        var hasNull = operand.Items.Any(item => item.Kind == FilterValueKind.Null);
        var read = operand.Items.Where(item => item.Kind != FilterValueKind.Null)
            .Select(item => Operand.Read(field, kind, item, allowsNull: true, faults))
            .ToList();
        var values = read.OfType<Operand>().Where(value => value.IsPossible).Select(value => value.Value).Distinct().ToList();

        var isOneOf = values.Count == 0 ? holds ? Condition.Never : IsMissing(false) : new OneOf(_field, values, holds);
        return holds == hasNull ? OrMissing(isOneOf) : isOneOf;
    }

    private Condition IsMissing(bool holds) => _canBeMissing ? new Missing(_field, holds) : holds ? Condition.Never : Condition.Always;

    private Condition OrMissing(Condition condition) =>
        condition is Missing { Holds: false } ? Condition.Always : Condition.AnyOf(IsMissing(true), condition);

    /// <summary>The value is there and compares so. What the field's type decides alone is folded, so that SQL compares the column with
    /// a value of its own type.</summary>
    private Condition Compare(Comparison comparison, Operand operand)
    {
        if (operand.Value is bool truth)
            return CompareTruth(comparison, truth);
        if (operand.IsPossible)
            return new Compared(_field, comparison, operand.Value);

        // Every value that the field can have lies on one side of the operand, or up to its value on one and beyond it on the other.
        switch (comparison)
        {
            case Comparison.Equal:
                return Condition.Never;
            case Comparison.NotEqual:
                return IsMissing(false);
            case Comparison.Greater or Comparison.GreaterOrEqual:
                return operand.Value is DateTime ? new Compared(_field, Comparison.Greater, operand.Value) : Side(IsBelowAll(operand));
            default:
                return operand.Value is DateTime ? new Compared(_field, Comparison.LessOrEqual, operand.Value) : Side(!IsBelowAll(operand));
        }
    }

    private bool IsBelowAll(Operand number) => (long)number.Value < _field.Range!.Value.Least;

    private Condition Side(bool all) => all ? IsMissing(false) : Condition.Never;

    /// <summary>False comes before true.</summary>
    private Condition CompareTruth(Comparison comparison, bool truth)
    {
        bool Holds(bool value) => comparison switch
        {
            Comparison.Equal => value == truth,
            Comparison.NotEqual => value != truth,
            Comparison.Greater => value && !truth,
            Comparison.GreaterOrEqual => value || !truth,
            Comparison.Less => !value && truth,
            _ => !value || truth,
        };
        return Holds(true) == Holds(false) ? Side(Holds(true)) : new Compared(_field, Comparison.Equal, Holds(true));
    }

    private static Comparison ComparisonOf(FilterOperator op) => op switch
    {
        FilterOperator.Gt => Comparison.Greater,
        FilterOperator.Gte => Comparison.GreaterOrEqual,
        FilterOperator.Lt => Comparison.Less,
        FilterOperator.Lte => Comparison.LessOrEqual,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    private static Comparison Opposite(Comparison comparison) => comparison switch
    {
        Comparison.Greater => Comparison.LessOrEqual,
        Comparison.GreaterOrEqual => Comparison.Less,
        Comparison.Less => Comparison.GreaterOrEqual,
        _ => Comparison.Greater,
    };
}

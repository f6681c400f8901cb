using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>Plans the conditions on a single value: a field that is not an array, or an element of an array field.</summary>
/// <param name="field">The field.</param>
/// <param name="isElement">Whether the value is an element of the field.</param>
internal readonly struct ValueConditions(Field field, bool isElement)
{
    private readonly Field _field = field;
    private readonly FieldKind _kind = isElement ? FieldKind.Text : field.Kind;
    private readonly bool _canBeMissing = field.IsNullable && !isElement;

    /// <param name="condition">The condition; its operator is one for single values.</param>
    /// <param name="isPositive">False to negate it.</param>
    /// <param name="errors">Receives the errors.</param>
    public Condition Plan(OperatorFilter condition, bool isPositive, ValidationErrors errors)
    {
        var operand = condition.Value!;
        switch (condition.Operator)
        {
            case FilterOperator.Exists:
                return Missing(isPositive != (operand.Text == "true"));
            case FilterOperator.Ne:
                return Equal(operand, !isPositive, errors);
            case FilterOperator.Eq:
                return Equal(operand, isPositive, errors);
            case FilterOperator.In:
                return In(operand, isPositive, errors);
            case FilterOperator.Nin:
                return In(operand, !isPositive, errors);
            default:
                if (Operand.Parse(_field, _kind, operand, allowsNull: false, errors) is not { } value)
                    return Condition.Never;
                var comparison = ToComparison(condition.Operator);
                return isPositive ? Compare(comparison, value) : OrMissing(Compare(Opposite(comparison), value));
        }
    }

    private Condition Equal(FilterValue operand, bool isPositive, ValidationErrors errors)
    {
        if (operand.Kind == FilterValueKind.Null)
            return Missing(isPositive);
        if (Operand.Parse(_field, _kind, operand, allowsNull: true, errors) is not { } value)
            return Condition.Never;
        return isPositive ? Compare(ComparisonOperator.Equal, value) : OrMissing(Compare(ComparisonOperator.NotEqual, value));
    }

    private Condition In(FilterValue operand, bool isPositive, ValidationErrors errors)
    {
        var field = _field;
        var kind = _kind;
        var hasNull = operand.Items.Any(item => item.Kind == FilterValueKind.Null);
        var read = operand.Items.Where(item => item.Kind != FilterValueKind.Null)
            .Select(item => Operand.Parse(field, kind, item, allowsNull: true, errors))
            .ToList();
        var values = read.OfType<Operand>().Where(value => value.IsRepresentable).Select(value => value.Value).Distinct().ToList();

        var isOneOf = values.Count == 0 ? isPositive ? Condition.Never : Missing(false) : new OneOf(_field, values, isPositive);
        return isPositive == hasNull ? OrMissing(isOneOf) : isOneOf;
    }

    private Condition Missing(bool isPositive) =>
        _canBeMissing ? new IsMissing(_field, isPositive) : isPositive ? Condition.Never : Condition.Always;

    private Condition OrMissing(Condition condition) =>
        condition is IsMissing { IsPositive: false } ? Condition.Always : Condition.AnyOf(Missing(true), condition);

    /// <summary>The value exists and compares. Operands that the field cannot have are folded, so that SQL compares the column with a value
    /// of its type.</summary>
    private Condition Compare(ComparisonOperator comparison, Operand operand)
    {
        if (operand.Value is bool truth)
            return CompareBoolean(comparison, truth);
        if (operand.IsRepresentable)
            return new Comparison(_field, comparison, operand.Value);

        // A number out of range is less or greater than all values of the field. A finer instant lies between two of its values.
        switch (comparison)
        {
            case ComparisonOperator.Equal:
                return Condition.Never;
            case ComparisonOperator.NotEqual:
                return Missing(false);
            case ComparisonOperator.Greater or ComparisonOperator.GreaterOrEqual:
                return operand.Value is DateTime
                    ? new Comparison(_field, ComparisonOperator.Greater, operand.Value)
                    : AllOrNone(IsBelowAll(operand));
            default:
                return operand.Value is DateTime
                    ? new Comparison(_field, ComparisonOperator.LessOrEqual, operand.Value)
                    : AllOrNone(!IsBelowAll(operand));
        }
    }

    private bool IsBelowAll(Operand number) => (long)number.Value < _field.Range!.Value.Min;

    private Condition AllOrNone(bool all) => all ? Missing(false) : Condition.Never;

    /// <summary>False is less than true.</summary>
    private Condition CompareBoolean(ComparisonOperator comparison, bool truth)
    {
        bool Holds(bool value) => comparison switch
        {
            ComparisonOperator.Equal => value == truth,
            ComparisonOperator.NotEqual => value != truth,
            ComparisonOperator.Greater => value && !truth,
            ComparisonOperator.GreaterOrEqual => value || !truth,
            ComparisonOperator.Less => !value && truth,
            _ => !value || truth,
        };
        return Holds(true) == Holds(false) ? AllOrNone(Holds(true)) : new Comparison(_field, ComparisonOperator.Equal, Holds(true));
    }

    private static ComparisonOperator ToComparison(FilterOperator op) => op switch
    {
        FilterOperator.Gt => ComparisonOperator.Greater,
        FilterOperator.Gte => ComparisonOperator.GreaterOrEqual,
        FilterOperator.Lt => ComparisonOperator.Less,
        FilterOperator.Lte => ComparisonOperator.LessOrEqual,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    private static ComparisonOperator Opposite(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Greater => ComparisonOperator.LessOrEqual,
        ComparisonOperator.GreaterOrEqual => ComparisonOperator.Less,
        ComparisonOperator.Less => ComparisonOperator.GreaterOrEqual,
        _ => ComparisonOperator.Greater,
    };
}

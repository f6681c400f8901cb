using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>A value to compare with, of its field's type.</summary>
/// <param name="Value">The text, instant, truth value or relative value. A number is an <see cref="int"/> if it is in the field's range,
/// otherwise a <see cref="long"/>.</param>
/// <param name="HasSubMicroseconds">Whether the value is later than the instant by less than a microsecond, the database's
/// precision.</param>
internal sealed record Operand(object Value, bool HasSubMicroseconds = false)
{
    /// <summary>Whether the field can have exactly this value.</summary>
    public bool IsRepresentable => !HasSubMicroseconds && Value is not long;

    /// <summary>Parses a value by the type of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="kind">The type of the field, or of its elements.</param>
    /// <param name="value">The value.</param>
    /// <param name="allowsNull">Whether null is allowed too, for the error message.</param>
    /// <param name="errors">Receives the error.</param>
    /// <returns>The operand, or null if the value has another type.</returns>
    public static Operand? Parse(Field field, FieldKind kind, FilterValue value, bool allowsNull, ValidationErrors errors)
    {
        if (value.Relative is { } relative)
            return ParseRelative(field, kind, relative, value.Location, errors);
        var isText = value.Kind is FilterValueKind.Text or FilterValueKind.Word;
        var operand = kind switch
        {
            FieldKind.Text or FieldKind.TextList when isText => new Operand(value.Text),
            FieldKind.DateTime when isText => Rfc3339.Parse(value.Text, out var finer) is { } instant ? new Operand(instant, finer) : null,
            FieldKind.Boolean when value is { Kind: FilterValueKind.Boolean or FilterValueKind.Word, Text: "true" or "false" } =>
                new Operand(value.Text == "true"),
            FieldKind.Integer when value.Kind is FilterValueKind.Number or FilterValueKind.Word => ParseNumber(field, value.Text),
            _ => null,
        };
        if (operand is null)
        {
            value.Location.AddError(
                errors,
                $"expected {Describe(kind, allowsNull)}{(allowsNull ? " or null" : "")}",
                value.Kind == FilterValueKind.List && kind != FieldKind.TextList ? "For several values, use $in or $nin." : "");
        }
        return operand;
    }

    private static Operand? ParseRelative(
        Field field, FieldKind kind, RelativeValue value, SourceLocation location, ValidationErrors errors)
    {
        if (value is RelativeTime ? kind == FieldKind.DateTime : kind is FieldKind.Text or FieldKind.TextList)
            return new Operand(value);
        location.AddError(
            errors,
            value is RelativeTime ? "requires a date-time field" : "requires a string field",
            $"'{field}' is {field.Kind.ToText()}.");
        return null;
    }

    private static Operand? ParseNumber(Field field, string text)
    {
        var (min, max) = field.Range!.Value;
        return JsonInteger.Parse(text) is not { } number ? null
            : number >= min && number <= max ? new Operand((int)number)
            : new Operand(number);
    }

    private static string Describe(FieldKind kind, bool allowsNull) => kind switch
    {
        FieldKind.DateTime => "an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z",
        FieldKind.Boolean => allowsNull ? "true, false" : "true or false",
        FieldKind.Integer => "an integer",
        FieldKind.TextList => "a string, an array of strings",
        _ => "a string",
    };
}

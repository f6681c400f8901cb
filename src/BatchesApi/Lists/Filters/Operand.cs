using BatchesApi.Domain;

namespace BatchesApi.Lists.Filters;

/// <summary>A value to compare with, of its field's type.</summary>
/// <param name="Value">The text, instant or truth value; of whole numbers an <see cref="int"/> where the field can have it, otherwise a
/// <see cref="long"/>.</param>
/// <param name="HasSubMicroseconds">Whether what is meant is later than the instant, by less than the database can tell.</param>
internal sealed record Operand(object Value, bool HasSubMicroseconds = false)
{
    /// <summary>Whether the field can have exactly this value.</summary>
    public bool IsRepresentable => !HasSubMicroseconds && Value is not long;

    /// <summary>Reads a value by the type of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="kind">Its type, which for a list reads an element of it, or that of the elements.</param>
    /// <param name="value">The value.</param>
    /// <param name="allowsNull">Whether null may stand there, to tell the client.</param>
    /// <param name="errors">Gets what is wrong.</param>
    /// <returns>The operand, or null where the value is not of the type.</returns>
    public static Operand? Parse(Field field, FieldKind kind, FilterValue value, bool allowsNull, ValidationErrors errors)
    {
        var isText = value.Kind is FilterValueKind.Text or FilterValueKind.Word;
        var operand = kind switch
        {
            FieldKind.Text or FieldKind.TextList when isText => new Operand(value.Text),
            FieldKind.DateTime when isText => Rfc3339.Parse(value.Text, out var isLater) is { } instant ? new Operand(instant, isLater) : null,
            FieldKind.Boolean when value is { Kind: FilterValueKind.Boolean or FilterValueKind.Word, Text: "true" or "false" } =>
                new Operand(value.Text == "true"),
            FieldKind.Integer when value.Kind is FilterValueKind.Number or FilterValueKind.Word => Number(field, value.Text),
            _ => null,
        };
        if (operand is null)
            value.Location.AddError(errors, $"must be {Expected(kind)}{(allowsNull ? " or null" : "")}.");
        return operand;
    }

    private static Operand? Number(Field field, string text)
    {
        var (min, max) = field.Range!.Value;
        return JsonInteger.Parse(text) is not { } number ? null
            : number >= min && number <= max ? new Operand((int)number)
            : new Operand(number);
    }

    private static string Expected(FieldKind kind) => kind switch
    {
        FieldKind.DateTime => "an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or 2026-12-01T09:30:00Z",
        FieldKind.Boolean => "true or false",
        FieldKind.Integer => "a whole number",
        FieldKind.TextList => "a string, an array of strings",
        _ => "a string",
    };
}

namespace BatchesApi.Domain;

/// <summary>A set of fields: those that a client passed, or those to return.</summary>
/// <param name="Bits">One bit per field, at its <see cref="Field.Index"/>.</param>
internal readonly record struct FieldSet(uint Bits)
{
    public static FieldSet All { get; } = new(uint.MaxValue);

    public bool Contains(Field field) => (Bits & (1u << field.Index)) != 0;

    public FieldSet Without(Field field) => new(Bits & ~(1u << field.Index));

    public FieldSet With(Field field) => new(Bits | (1u << field.Index));
}

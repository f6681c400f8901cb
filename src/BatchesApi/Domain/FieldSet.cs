namespace BatchesApi.Domain;

/// <summary>A set of fields of a batch: those that a client passed, or those that it wants to see.</summary>
/// <param name="Bits">One bit a field, at its <see cref="Field.Index"/>.</param>
internal readonly record struct FieldSet(uint Bits)
{
    /// <summary>Every field.</summary>
    public static FieldSet All { get; } = new(uint.MaxValue);

    /// <summary>Whether the field is in the set.</summary>
    public bool Contains(Field field) => (Bits & (1u << field.Index)) != 0;

    /// <summary>The set with one more field.</summary>
    public FieldSet With(Field field) => new(Bits | (1u << field.Index));
}

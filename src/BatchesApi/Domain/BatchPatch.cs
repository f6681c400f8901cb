namespace BatchesApi.Domain;

/// <summary>The fields that a body passed, of the right types, not yet held against the rules.</summary>
/// <param name="Values">The values; fields that were not passed have their defaults.</param>
/// <param name="Passed">Which fields were passed, those among them that had a null or a fault included.</param>
/// <param name="Spelling">The names of fields that the client spelled in a way of its own, such as <c>leadIds[]</c>.</param>
internal sealed record BatchPatch(Batch Values, FieldSet Passed, IReadOnlyDictionary<string, string>? Spelling = null)
{
    /// <summary>No field passed.</summary>
    public static BatchPatch Empty => new(new Batch(), default);

    /// <summary>The name of the field as the client wrote it.</summary>
    public string GetName(Field field) => Spelling?.GetValueOrDefault(field.Name) ?? field.Name;
}

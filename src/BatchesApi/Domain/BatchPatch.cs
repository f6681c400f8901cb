using System.Collections.Frozen;

namespace BatchesApi.Domain;

/// <summary>The fields in a request body: of the right types, but not validated yet.</summary>
/// <param name="Values">The values. Fields that were not passed have their defaults.</param>
/// <param name="Passed">The fields that were passed, including those with a null or an error.</param>
/// <param name="Spelling">The names as the client wrote them if they differ, such as <c>leadIds[]</c>, by field name.</param>
internal sealed record BatchPatch(Batch Values, FieldSet Passed, IReadOnlyDictionary<string, string>? Spelling = null)
{
    /// <summary>The name for errors if it is one of several, such as <c>[3]</c> or <c>[line 7]</c>.</summary>
    public string ItemName { get; init; } = "";

    public static BatchPatch Empty => new(new Batch(), default);

    /// <summary>The changes of array fields that were passed instead of a new value.</summary>
    public IReadOnlyDictionary<Field, IdListChange> ListChanges { get; init; } = FrozenDictionary<Field, IdListChange>.Empty;

    /// <summary>The name of the field as the client wrote it.</summary>
    public string GetName(Field field) => Spelling?.GetValueOrDefault(field.Name) ?? field.Name;
}

using System.Collections.Frozen;
using BatchesApi.Domain;

namespace BatchesApi.Storage.Writes;

/// <summary>A change of one batch or of several.</summary>
/// <param name="Action">The action, as the history calls it.</param>
/// <param name="Values">A batch with the new values of the fields.</param>
/// <param name="Fields">The fields that get new values.</param>
/// <param name="ListChanges">The array fields among them that are changed instead.</param>
internal sealed record BatchUpdate(string Action, Batch Values, FieldSet Fields, IReadOnlyDictionary<Field, IdListChange> ListChanges)
{
    public static BatchUpdate Delete { get; } = Create(BatchChange.Delete);

    public static BatchUpdate Restore { get; } = Create(BatchChange.Restore);

    /// <summary>Gives fields the values of a request body.</summary>
    /// <param name="patch">The body.</param>
    /// <param name="fields">The fields to change.</param>
    public static BatchUpdate FromPatch(BatchPatch patch, FieldSet fields) =>
        new(BatchChange.Update, patch.Values, fields, patch.ListChanges);

    /// <summary>Finds array fields that have too many items after the change.</summary>
    /// <param name="batch">The batch after the change.</param>
    /// <returns>The number of items by field.</returns>
    public IReadOnlyDictionary<Field, int> FindTooLongLists(Batch batch) => ListChanges.Count == 0
        ? FrozenDictionary<Field, int>.Empty
        : ListChanges.Keys
            .Select(field => (Field: field, ((string[])field.Get(batch)!).Length))
            .Where(list => list.Length > list.Field.MaxItems)
            .ToDictionary(list => list.Field, list => list.Length);

    private static BatchUpdate Create(string action) => new(action, new Batch(), default, FrozenDictionary<Field, IdListChange>.Empty);
}

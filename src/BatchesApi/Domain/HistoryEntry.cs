using System.Text.Json.Nodes;

namespace BatchesApi.Domain;

/// <summary>What a change did to a field, in the values of its JSON.</summary>
/// <param name="Field">The field.</param>
/// <param name="Old">The value before.</param>
/// <param name="New">The value after.</param>
internal readonly record struct FieldChange(Field Field, JsonNode? Old, JsonNode? New);

/// <summary>A change in the history of a batch.</summary>
/// <param name="Version">The version that it made.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="Action">What was done.</param>
/// <param name="By">Who did it.</param>
/// <param name="Changes">What it did, field by field.</param>
internal sealed record HistoryEntry(int Version, DateTime At, string Action, Actor By, IReadOnlyList<FieldChange> Changes);

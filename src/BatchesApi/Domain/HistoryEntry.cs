using System.Text.Json.Nodes;

namespace BatchesApi.Domain;

/// <summary>The change of one field, with its old and its new value as JSON.</summary>
internal readonly record struct FieldChange(Field Field, JsonNode? Old, JsonNode? New);

/// <summary>A change in the history of a batch.</summary>
/// <param name="Version">The version after the change.</param>
/// <param name="At">The time of the change, UTC.</param>
/// <param name="Action">See <see cref="BatchChange"/>.</param>
/// <param name="By">The author.</param>
/// <param name="Changes">The changed fields.</param>
/// <param name="ChangeId">The id of the bulk change of which it is a part, or null.</param>
internal sealed record HistoryEntry(
    int Version, DateTime At, string Action, Actor By, IReadOnlyList<FieldChange> Changes, string? ChangeId);

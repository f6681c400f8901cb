using BatchesApi.Domain;

namespace BatchesApi.Storage.Reads;

/// <summary>A page of the history of a batch, the newest change first.</summary>
/// <param name="Entries">The changes.</param>
/// <param name="NextCursor">Where it goes on; null at its end.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryEntry> Entries, string? NextCursor);

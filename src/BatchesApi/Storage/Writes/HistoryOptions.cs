namespace BatchesApi.Storage.Writes;

/// <summary>How long the history of batches is kept.</summary>
/// <param name="Retention">From what age on a change is forgotten.</param>
internal sealed record HistoryOptions(TimeSpan Retention);

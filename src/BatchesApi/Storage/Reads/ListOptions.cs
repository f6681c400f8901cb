namespace BatchesApi.Storage.Reads;

/// <summary>What lists may take.</summary>
/// <param name="Timeout">How long one may keep the database busy.</param>
/// <param name="MaxPageBytes">Maximum size of a page in bytes.</param>
internal sealed record ListOptions(TimeSpan Timeout, long MaxPageBytes);

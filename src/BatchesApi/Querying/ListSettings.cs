using BatchesApi.Concurrency;

namespace BatchesApi.Querying;

/// <summary>What lists may take.</summary>
/// <param name="Timeout">How long one may keep the database busy.</param>
/// <param name="MaxPageBytes">Maximum size of a page in bytes.</param>
/// <param name="Scans">The bounds of those that may read a whole account, at the same time.</param>
internal sealed record ListSettings(TimeSpan Timeout, long MaxPageBytes, FairLimiterOptions Scans);

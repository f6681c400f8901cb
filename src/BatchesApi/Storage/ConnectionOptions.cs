using BatchesApi.Concurrency;

namespace BatchesApi.Storage;

/// <summary>The connections of requests for batches.</summary>
/// <param name="PoolSize">Maximum number of connections.</param>
/// <param name="Limit">The bounds of those that are not for lists.</param>
internal sealed record ConnectionOptions(int PoolSize, FairLimiterOptions Limit);

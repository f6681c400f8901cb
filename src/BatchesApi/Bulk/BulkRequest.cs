using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Bulk;

/// <summary>The body of a bulk write, validated (specification, section 8.2).</summary>
/// <param name="Ids">The distinct ids of the batches; null if a condition selects them.</param>
/// <param name="Where">The condition; <see cref="Condition.Always"/> if ids select them.</param>
/// <param name="Expected">The number of batches that must match, or null.</param>
/// <param name="IsDryRun">Whether to roll the change back.</param>
/// <param name="Set">The fields to set; null for other writes than updates.</param>
internal sealed record BulkRequest(string[]? Ids, Condition Where, long? Expected, bool IsDryRun, BatchPatch? Set);

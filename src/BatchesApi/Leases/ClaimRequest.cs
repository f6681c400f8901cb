using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Leases;

/// <summary>The body of a claim, validated (specification, section 8.5).</summary>
/// <param name="Where">The condition on the batches.</param>
/// <param name="Order">The order in which they are claimed.</param>
/// <param name="Limit">Maximum number of batches.</param>
/// <param name="Duration">The duration of the leases.</param>
/// <param name="Set">The fields to set, or null.</param>
internal sealed record ClaimRequest(
    Condition Where, IReadOnlyList<OrderKey> Order, int Limit, TimeSpan Duration, BatchPatch? Set)
{
    /// <summary>Maximum number of batches of one claim.</summary>
    public const int MaxLimit = 100;
}

/// <summary>The body of an extension, validated.</summary>
/// <param name="Token">The token of the lease.</param>
/// <param name="Duration">The duration from now.</param>
internal sealed record ExtensionRequest(string Token, TimeSpan Duration);

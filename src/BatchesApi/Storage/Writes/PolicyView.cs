using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Writes;

/// <summary>What a policy lets a credential see.</summary>
/// <param name="Digest">Identifies the policy; see <see cref="Domain.BatchChange.SeenBy"/>.</param>
/// <param name="Where">The policy, with its relative values resolved.</param>
internal sealed record PolicyView(string Digest, Condition Where);

using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Writes;

/// <summary>The batch that a write is for.</summary>
/// <param name="AccountId">Its account.</param>
/// <param name="Policy">The condition that the caller's key puts on it, before and after the write.</param>
/// <param name="Id">Its id.</param>
/// <param name="Versions">The versions of which it must have one; null where it may have any.</param>
/// <param name="HidesChanges">Whether earlier changes of the batch are hidden from the caller, because it has a policy.</param>
internal sealed record BatchTarget(int AccountId, Condition Policy, string Id, int[]? Versions, bool HidesChanges);

using BatchesApi.Model;

namespace BatchesApi.Writing;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>There is no such batch in that state, for this caller.</summary>
    NotFound,

    /// <summary>The batch has another version than the client expects.</summary>
    VersionDiffers,

    /// <summary>Another living batch of the account has the code.</summary>
    CodeTaken,

    /// <summary>The batch would lie outside the policy of the caller's key.</summary>
    OutsidePolicy,
}

/// <summary>What became of a write.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Batch">The batch after it, where it was done.</param>
/// <param name="Version">The version that the batch has, where that differs from the expected.</param>
internal readonly record struct WriteResult(WriteOutcome Outcome, Batch? Batch = null, int? Version = null);

using BatchesApi.Domain;

namespace BatchesApi.Storage.Writes;

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>It was done before, by a request with the same idempotency key.</summary>
    Replayed,

    /// <summary>There is no such batch in that state, for this caller.</summary>
    NotFound,

    /// <summary>The batch has another version than the client expects.</summary>
    VersionDiffers,

    /// <summary>Another living batch of the account has the code.</summary>
    CodeTaken,

    /// <summary>Another active batch of the account, which the caller's policy hides, has the code of one of the batches.</summary>
    HiddenCodeTaken,

    /// <summary>The batch would lie outside the policy of the caller's key.</summary>
    OutsidePolicy,

    /// <summary>Another request came with the same idempotency key before.</summary>
    KeyReused,

    /// <summary>A request with the same idempotency key is still being served.</summary>
    KeyInFlight,
}

/// <summary>What became of a write.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Batches">The batches after it, where it was done.</param>
internal sealed record WriteResult(WriteOutcome Outcome, IReadOnlyList<Batch> Batches)
{
    /// <summary>A write that was not done.</summary>
    public WriteResult(WriteOutcome outcome)
        : this(outcome, [])
    {
    }

    /// <summary>The version that the batch has, where that differs from the expected.</summary>
    public int? Version { get; init; }

    /// <summary>The fields in which the batch differs from the version that was expected; null if the version is not the reason, or the caller may not
    /// know them.</summary>
    public IReadOnlyList<string>? Changed { get; init; }

    /// <summary>The places, among those to create, of the batches that are why it was not done.</summary>
    public IReadOnlyList<int> RejectedIndexes { get; init; } = [];

    /// <summary>The answer that is kept for an idempotency key.</summary>
    public StoredResponse? StoredResponse { get; init; }
}

using System.Collections.Frozen;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Writes;

/// <param name="AccountId">The account of the batch.</param>
/// <param name="Policy">The policy of the caller's key, which the batch must meet before and after the write.</param>
/// <param name="Id">The id of the batch.</param>
/// <param name="Versions">The versions of which the batch must have one; null for any version.</param>
/// <param name="HidesChanges">Whether earlier changes of the batch are hidden from the caller, because its key has a policy.</param>
internal sealed record BatchTarget(int AccountId, Condition Policy, string Id, int[]? Versions, bool HidesChanges)
{
    /// <summary>The hash of the token of the lease under which the write is done; null if it needs no lease.</summary>
    public byte[]? LeaseHash { get; init; }
}

/// <summary>How a write ended.</summary>
internal enum WriteOutcome
{
    Done,

    /// <summary>An earlier request with the same idempotency key did the write.</summary>
    Replayed,

    /// <summary>The caller has no such batch in the required state.</summary>
    NotFound,

    /// <summary>The batch does not have an expected version.</summary>
    VersionDiffers,

    /// <summary>Another active batch of the account has the code.</summary>
    CodeTaken,

    /// <summary>The policy of the caller's key does not permit the batch after the write.</summary>
    OutsidePolicy,

    /// <summary>An array of the batch would have too many items after the write.</summary>
    ListTooLong,

    /// <summary>Some batches to create or update do not exist, and lack a required field.</summary>
    Incomplete,

    /// <summary>A bulk write matches more batches than it may change.</summary>
    TooManyMatched,

    /// <summary>A bulk write does not match the expected number of batches.</summary>
    CountDiffers,

    /// <summary>The lease under which the write was to be done has ended, or is that of another client.</summary>
    LeaseLost,

    /// <summary>The response would be too large.</summary>
    ResponseTooLarge,

    /// <summary>A different request used the same idempotency key.</summary>
    KeyReused,

    /// <summary>A request with the same idempotency key is in progress.</summary>
    KeyInFlight,
}

/// <param name="Outcome">How the write ended.</param>
/// <param name="Batches">The batches after the write, or those that the policy does not permit.</param>
internal sealed record WriteResult(WriteOutcome Outcome, IReadOnlyList<Batch> Batches)
{
    /// <summary>A write that was not done.</summary>
    public WriteResult(WriteOutcome outcome)
        : this(outcome, [])
    {
    }

    /// <summary>The version of the batch, if it is not an expected one.</summary>
    public int? Version { get; init; }

    /// <summary>The fields in which the batch differs from the expected version; null if the version is as expected, or the caller may not
    /// know.</summary>
    public IReadOnlyList<string>? Changed { get; init; }

    /// <summary>The codes that other active batches have, with their ids, or null instead of the id of a batch that is hidden from the
    /// caller. Empty if no batch has the code anymore.</summary>
    public IReadOnlyDictionary<string, string?> TakenCodes { get; init; } = FrozenDictionary<string, string?>.Empty;

    /// <summary>The indexes of the batches to create or update that are the reason.</summary>
    public IReadOnlyList<int> RejectedIndexes { get; init; } = [];

    /// <summary>The numbers of items, by array field, that are too large.</summary>
    public IReadOnlyDictionary<Field, int> TooLongLists { get; init; } = FrozenDictionary<Field, int>.Empty;

    /// <summary>The result of a bulk write, as far as it was found; null for other writes.</summary>
    public BulkResult? Bulk { get; init; }

    /// <summary>The claimed batches, in the order of the claim.</summary>
    public IReadOnlyList<ClaimedBatch> Claimed { get; init; } = [];

    /// <summary>The time at which an extended lease ends, UTC; null for other writes.</summary>
    public DateTime? LeaseUntil { get; init; }

    /// <summary>The id of the transaction that did the write, or of a later one; null if nothing was written.</summary>
    public ulong? TransactionId { get; init; }

    /// <summary>The stored response for an idempotency key, also of a different request.</summary>
    public StoredResponse? StoredResponse { get; init; }
}

/// <param name="Batch">The batch.</param>
/// <param name="Token">The token of its lease.</param>
/// <param name="Until">The time at which the lease ends, UTC.</param>
internal sealed record ClaimedBatch(Batch Batch, string Token, DateTime Until);

using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Writes;

/// <summary>The batches that a bulk write changes (specification, section 8).</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Policy">The policy of the caller's key, which the batches must meet before and after the write.</param>
/// <param name="Ids">The distinct ids of the batches; null if a list selects them.</param>
/// <param name="List">The list with the batches; null if ids select them.</param>
/// <param name="Expected">The number of batches that must match, or null.</param>
internal sealed record BulkTarget(int AccountId, Condition Policy, string[]? Ids, ListPlan? List, long? Expected)
{
    /// <summary>Maximum number of batches that a bulk write changes.</summary>
    public const int MaxMatched = 10_000;
}

/// <summary>What a bulk write did.</summary>
/// <param name="Matched">The number of selected batches.</param>
/// <param name="Changed">The number of changed batches.</param>
/// <param name="Sample">The first changed batches by id, as they are afterwards.</param>
internal sealed record BulkResult(long Matched, int Changed, IReadOnlyList<Batch> Sample)
{
    /// <summary>Whether the change was rolled back on purpose.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>The id of the change, which the history of its batches contains; null for the upsert of one batch.</summary>
    public required string? ChangeId { get; init; }

    /// <summary>The number of created batches, for creates and upserts.</summary>
    public int Created { get; init; }

    /// <summary>Ids of unknown batches, not all if they are many.</summary>
    public IReadOnlyList<string> UnknownIds { get; init; } = [];

    /// <summary>The batches that an undo left alone, with their versions; not all if they are many. Null for other writes.</summary>
    public IReadOnlyList<(string Id, int Version)>? Skipped { get; init; }

    /// <summary>The number of batches that an undo left alone.</summary>
    public long SkippedCount { get; init; }

    /// <summary>The batches that cannot be restored because another one has their code, not all if they are many.</summary>
    public IReadOnlyList<CodeConflict> Conflicts { get; init; } = [];
}

/// <summary>A batch that cannot be restored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Code">Its code.</param>
/// <param name="Holder">The batch that has the code, or null if the policy hides it.</param>
/// <param name="IsHolderSelected">Whether that batch is to be restored, too.</param>
internal readonly record struct CodeConflict(string Id, string Code, string? Holder, bool IsHolderSelected);

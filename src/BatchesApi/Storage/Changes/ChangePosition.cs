namespace BatchesApi.Storage.Changes;

/// <summary>The place of a change among those of its account, in the order of the feed.</summary>
/// <param name="Position">See <see cref="Domain.BatchChange.Position"/>.</param>
/// <param name="At">The time of the change, UTC.</param>
/// <param name="BatchId">The batch.</param>
/// <param name="Version">The version after the change.</param>
internal readonly record struct ChangePosition(long Position, DateTime At, string BatchId, int Version)
{
    /// <summary>The place before all changes of a position.</summary>
    public static ChangePosition Before(long position) =>
        new(position, new DateTime(0, DateTimeKind.Utc), "", 0);
}

/// <summary>How far a client has read.</summary>
/// <param name="After">The last change that it knows, or with <paramref name="SnapshotId"/> the place from which it must read changes after
/// the snapshot.</param>
/// <param name="SnapshotId">The last batch of a snapshot that is not complete; null if the client reads changes.</param>
/// <param name="ReadAt">The time of the reading, UTC: all later changes are kept for the retention of the history.</param>
internal sealed record FeedPosition(ChangePosition After, string? SnapshotId, DateTime ReadAt);

using System.Data.Common;
using BatchesApi.Domain;

namespace BatchesApi.Storage.Changes;

/// <summary>An entry of the feed: a change of a batch, a batch of the snapshot, or that a batch no longer matches.</summary>
/// <param name="Action">An action of <see cref="BatchChange"/>, <see cref="Snapshot"/> or <see cref="Leave"/>.</param>
/// <param name="BatchId">The batch.</param>
/// <param name="Version">The version after the change.</param>
/// <param name="At">The time of the change, UTC.</param>
/// <param name="By">The author; null for a snapshot.</param>
/// <param name="ChangeId">The id of the bulk change of which it is a part, or null.</param>
/// <param name="Changed">The changed fields.</param>
/// <param name="Batch">The batch as it is now; null if it is deleted or gone.</param>
/// <param name="Position">How far a client has read that knows the entry.</param>
internal sealed record ChangeEntry(
    string Action,
    string BatchId,
    int Version,
    DateTime At,
    Actor? By,
    string? ChangeId,
    IReadOnlyList<Field> Changed,
    Batch? Batch,
    FeedPosition Position)
{
    /// <summary>A batch as it is when a client begins to read.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>The batch no longer matches the filter or the policy.</summary>
    public const string Leave = "leave";
}

/// <summary>A page of the feed.</summary>
/// <param name="Entries">The entries, which may be empty.</param>
/// <param name="Next">How far the page goes.</param>
/// <param name="HasMore">Whether there is more to read now.</param>
internal sealed record ChangePage(IReadOnlyList<ChangeEntry> Entries, FeedPosition Next, bool HasMore);

/// <summary>A change as it was recorded.</summary>
/// <param name="Position">Its place in the feed.</param>
/// <param name="Action">See <see cref="BatchChange"/>.</param>
/// <param name="By">The author.</param>
/// <param name="ChangeId">The id of the bulk change of which it is a part, or null.</param>
/// <param name="Changed">The changed fields.</param>
/// <param name="SeenBy">See <see cref="BatchChange.SeenBy"/>.</param>
internal sealed record RecordedChange(
    ChangePosition Position,
    string Action,
    Actor By,
    string? ChangeId,
    IReadOnlyList<Field> Changed,
    string[]? SeenBy)
{
    /// <summary>The number of columns of <see cref="Read"/>.</summary>
    public const int Columns = 11;

    public string BatchId => Position.BatchId;

    public int Version => Position.Version;

    public DateTime At => Position.At;

    /// <summary>Reads the change in the current row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="first">The index of the first column.</param>
    public static RecordedChange Read(DbDataReader row, int first)
    {
        var changed = row.GetFieldValue<string[]>(first + 9);
        return new RecordedChange(
            new ChangePosition(row.GetInt64(first), row.GetDateTime(first + 1), row.GetString(first + 2), row.GetInt32(first + 3)),
            row.GetString(first + 4),
            new Actor(row.GetString(first + 5), row.GetString(first + 6), row.GetString(first + 7)),
            row.IsDBNull(first + 8) ? null : row.GetString(first + 8),
            [.. BatchFields.All.Where(field => changed.Contains(field.Name))],
            row.IsDBNull(first + 10) ? null : row.GetFieldValue<string[]>(first + 10));
    }
}

/// <summary>Changes for a webhook.</summary>
/// <param name="Changes">Those that it is to receive.</param>
/// <param name="Next">The place up to which changes were read.</param>
/// <param name="HasMore">Whether there are more now.</param>
internal sealed record WebhookChanges(IReadOnlyList<RecordedChange> Changes, ChangePosition Next, bool HasMore);

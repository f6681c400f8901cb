using System.Collections.Frozen;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Storage.Changes;

/// <summary>What a client may and wants to read of the feed.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Policy">The policy of the credential, with its relative values resolved.</param>
/// <param name="Where">The policy of the credential and the filter, with their relative values resolved.</param>
/// <param name="PolicyDigest">See <see cref="BatchChange.SeenBy"/>; null if there is no policy.</param>
/// <param name="Limit">Maximum number of entries on a page.</param>
/// <param name="MaxBytes">Maximum size of a page in bytes, unless it has one entry.</param>
internal sealed record FeedRequest(
    int AccountId, Condition Policy, Condition Where, string? PolicyDigest, int Limit, long MaxBytes);

/// <summary>Reads the feed of changes on the primary, because a replica may still lack a change that a client has seen
/// (<c>docs/decisions/0016-order-of-changes.md</c>).</summary>
internal sealed class ChangeReader(
    DatabaseConnections connections,
    BatchFilterSqlCache filters,
    BatchVersionReader versions,
    ListOptions lists,
    HistoryOptions history,
    TimeProvider clock)
{
    /// <summary>Minimum number of changes or batches to read for a page if there is a condition, which few of them may meet.</summary>
    private const int MinScanned = 1_000;

    /// <summary>How much earlier than the history a position expires. The time of a change is before that of its commit.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    /// <summary>Finds the position of now: everything that is committed later is after it.</summary>
    public Task<FeedPosition> FindNowAsync(int accountId, CancellationToken cancellation) => RunAsync(
        async (connection, token) =>
        {
            await using var command = connection.ListCommand(FeedSql.ReadState(accountId));
            await using var row = await command.ExecuteReaderAsync(token);
            await row.ReadAsync(token);
            return new FeedPosition(ChangePosition.Before(FeedState.Read(row).Horizon), null, clock.GetUtcNowMicroseconds());
        },
        cancellation);

    /// <summary>Reads the next page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="from">How far the client has read; null to begin with a snapshot.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The page, or null if changes after the position are no longer kept.</returns>
    /// <exception cref="ListTimeoutException">The page took too long.</exception>
    public Task<ChangePage?> ReadAsync(FeedRequest request, FeedPosition? from, CancellationToken cancellation) => RunAsync(
        (connection, token) => from is { SnapshotId: null }
            ? ReadChangesAsync(connection, request, from, token)
            : ReadSnapshotAsync(connection, request, from, token),
        cancellation);

    /// <summary>Reads changes for a webhook. Its position is part of the database, so that a restored database has the changes after
    /// it.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="after">The place after which to read.</param>
    /// <param name="readUntil">All changes before this time have been read.</param>
    /// <param name="end">The position before which to read; null for all.</param>
    /// <param name="where">The condition that a batch must meet after the change, with its relative values resolved.</param>
    /// <param name="limit">Maximum number of changes to read.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The changes, or null if changes after the place are no longer kept.</returns>
    public Task<WebhookChanges?> ReadForWebhookAsync(
        int accountId,
        ChangePosition after,
        DateTime readUntil,
        long? end,
        Condition where,
        int limit,
        CancellationToken cancellation) => RunAsync<WebhookChanges?>(
            async (connection, token) =>
            {
                var (state, changes) = await FindChangesAsync(connection, accountId, after, limit + 1, token);
                if (after.Position > state.Next || readUntil < clock.GetUtcNowMicroseconds() - history.Retention + Margin)
                    return null;
                if (end is { } position)
                    changes = [.. changes.TakeWhile(change => change.Position.Position < position)];
                var read = changes[..Math.Min(limit, changes.Count)];
                var isComplete = changes.Count <= limit;
                var next = isComplete ? ChangePosition.Before(Math.Min(end ?? long.MaxValue, state.Horizon)) : read[^1].Position;
                if (where != Condition.Always)
                {
                    var matching = await versions.FindMatchingAsync(
                        connection, accountId, where, read.Select(GetVersion), activeOnly: false, token);
                    read = [.. read.Where(change => matching.Contains(GetVersion(change)))];
                }
                return new WebhookChanges(read, next, !isComplete);
            },
            cancellation);

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var phase = RequestPhase.Start(RequestPhase.Query);
        return await lists.RunInTimeAsync(
            async token =>
            {
                await using var connection = await connections.OpenForListAsync(token);
                return await read(connection, token);
            },
            cancellation);
    }

    private async Task<ChangePage?> ReadChangesAsync(
        NpgsqlConnection connection, FeedRequest request, FeedPosition from, CancellationToken cancellation)
    {
        var isFiltered = request.Where != Condition.Always;
        var take = isFiltered ? Math.Max(request.Limit, MinScanned) : request.Limit;
        var (state, changes) = await FindChangesAsync(connection, request.AccountId, from.After, take + 1, cancellation);
        if (IsExpired(from, state))
            return null;

        var entries = new List<ChangeEntry>();
        var isCut = changes.Count > take;
        if (isCut)
            changes = TrimToTransaction(changes, take);
        var batches = await FindBatchesAsync(connection, request, changes, cancellation);
        var left = isFiltered ? await FindLeftAsync(connection, request, changes, batches, cancellation) : null;
        var hidden = await FindHiddenAsync(connection, request, changes, batches, cancellation);
        var bytes = 0L;
        foreach (var change in changes)
        {
            var current = batches.GetValueOrDefault(change.BatchId);
            if (current is { IsRead: false })
                return Cut();
            if (hidden.Contains(GetVersion(change))
                || CreateEntry(change, current, request, left, Position(change.Position)) is not { } entry)
            {
                continue;
            }
            bytes += entry.Batch is null ? 0 : BatchJson.GetLength(entry.Batch);
            if (entries.Count == request.Limit || (bytes > request.MaxBytes && entries.Count > 0))
                return Cut();
            entries.Add(entry);
        }
        return isCut
            ? new ChangePage(entries, Position(changes[^1].Position), HasMore: true)
            : new ChangePage(entries, Position(ChangePosition.Before(state.Horizon)), HasMore: false);

        FeedPosition Position(ChangePosition after) => new(after, null, clock.GetUtcNowMicroseconds());

        // The page ends before a change for which it has no room.
        ChangePage Cut() => new(entries, entries[^1].Position, HasMore: true);
    }

    private static ChangeEntry? CreateEntry(
        RecordedChange change,
        CurrentBatch? current,
        FeedRequest request,
        IReadOnlySet<BatchVersion>? left,
        FeedPosition position)
    {
        var entry = new ChangeEntry(
            change.Action,
            change.BatchId,
            change.Version,
            change.At,
            change.By,
            change.ChangeId,
            change.Changed,
            current?.Batch is { DeletedAt: null } active ? active : null,
            position);
        if (change.Action == BatchChange.Purge)
        {
            return request.PolicyDigest is null || change.SeenBy?.Contains(request.PolicyDigest) == true
                ? entry with { Batch = null }
                : null;
        }
        if (left is null || current is { IsMatch: true })
            return entry;
        return left.Contains(new BatchVersion(change.BatchId, change.Version - 1))
            ? entry with { Action = ChangeEntry.Leave, Batch = null }
            : null;
    }

    /// <summary>Finds the versions that met the condition, among those before changes of batches that do not meet it now.</summary>
    private Task<IReadOnlySet<BatchVersion>> FindLeftAsync(
        NpgsqlConnection connection,
        FeedRequest request,
        IReadOnlyList<RecordedChange> changes,
        IReadOnlyDictionary<string, CurrentBatch> batches,
        CancellationToken cancellation) => versions.FindMatchingAsync(
            connection,
            request.AccountId,
            request.Where,
            changes
                .Where(change => batches.TryGetValue(change.BatchId, out var current) && !current.IsMatch)
                .Select(change => new BatchVersion(change.BatchId, change.Version - 1)),
            activeOnly: true,
            cancellation);

    /// <summary>Finds the changes before and after which the policy hid the batch, among those of batches that it permits now: an entry
    /// would reveal who made them.</summary>
    private async Task<IReadOnlySet<BatchVersion>> FindHiddenAsync(
        NpgsqlConnection connection,
        FeedRequest request,
        IReadOnlyList<RecordedChange> changes,
        IReadOnlyDictionary<string, CurrentBatch> batches,
        CancellationToken cancellation)
    {
        if (request.Policy == Condition.Always)
            return FrozenSet<BatchVersion>.Empty;
        var earlier = changes
            .Where(change => batches.TryGetValue(change.BatchId, out var current)
                && current.IsMatch && change.Version < current.Version)
            .Select(GetVersion)
            .ToList();
        var visible = await versions.FindMatchingAsync(
            connection,
            request.AccountId,
            request.Policy,
            earlier.Concat(earlier.Select(GetPrevious)),
            activeOnly: false,
            cancellation);
        return earlier.Where(version => !visible.Contains(version) && !visible.Contains(GetPrevious(version))).ToHashSet();
    }

    private static BatchVersion GetPrevious(BatchVersion version) => version with { Version = version.Version - 1 };

    /// <summary>Reads the batches of changes, as they are now, until the page is full.</summary>
    private async Task<IReadOnlyDictionary<string, CurrentBatch>> FindBatchesAsync(
        NpgsqlConnection connection, FeedRequest request, IReadOnlyList<RecordedChange> changes, CancellationToken cancellation)
    {
        var ids = changes.Where(change => change.Action != BatchChange.Purge).Select(change => change.BatchId).Distinct().ToArray();
        var found = new Dictionary<string, CurrentBatch>(StringComparer.Ordinal);
        if (ids.Length == 0)
            return found;
        var bytes = 0L;
        await using var command = connection.ListCommand(FeedSql.FindBatches(request.AccountId, ids, filters.GetPermitted(request.Where)));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        while (await row.ReadAsync(cancellation))
        {
            var batch = BatchRowReader.Read(row, BatchFields.All);
            var isMatch = row.GetBoolean(BatchFields.All.Count);
            var isFirst = bytes == 0;
            bytes += isMatch ? BatchJson.GetLength(batch) : 0;
            var isRead = isFirst || bytes <= request.MaxBytes;
            found.Add(batch.Id, new CurrentBatch(isMatch && isRead ? batch : null, batch.Version, isMatch, isRead));
        }
        return found;
    }

    private async Task<ChangePage?> ReadSnapshotAsync(
        NpgsqlConnection connection, FeedRequest request, FeedPosition? from, CancellationToken cancellation)
    {
        var isFiltered = request.Where != Condition.Always;
        var take = isFiltered ? Math.Max(request.Limit, MinScanned) : request.Limit;
        var (state, batches, last) = await FindSnapshotAsync(connection, request, from?.SnapshotId ?? "", take, cancellation);
        if (from is not null && IsExpired(from, state))
            return null;
        var after = from?.After ?? ChangePosition.Before(state.Horizon);
        var readAt = from?.ReadAt ?? clock.GetUtcNowMicroseconds();
        var first = await FindFirstChangesAsync(
            connection,
            request.AccountId,
            [.. batches.Where(batch => batch.Position >= after.Position).Select(batch => batch.Batch.Id)],
            after.Position,
            cancellation);
        var entries = new List<ChangeEntry>();
        foreach (var (batch, position) in batches)
        {
            // The changes since the beginning of the snapshot follow it. The entry has the version before them, so that each version is
            // reported once, and a batch that was created or restored since comes with them.
            var version = batch.Version;
            if (position >= after.Position)
            {
                if (!first.TryGetValue(batch.Id, out var change) || change.Action is BatchChange.Create or BatchChange.Restore)
                    continue;
                version = change.Version - 1;
            }
            if (entries.Count == request.Limit)
                return new ChangePage(entries, entries[^1].Position, HasMore: true);
            entries.Add(new ChangeEntry(
                ChangeEntry.Snapshot,
                batch.Id,
                version,
                batch.UpdatedAt,
                By: null,
                ChangeId: null,
                [],
                batch,
                new FeedPosition(after, batch.Id, readAt)));
        }
        return new ChangePage(entries, new FeedPosition(after, last, readAt), HasMore: true);
    }

    /// <summary>Reads the next batches of a snapshot that meet the condition, until the page is full.</summary>
    /// <returns>The state of the feed, the batches with the positions of their last changes, and the id up to which batches were read;
    /// null if there are no more.</returns>
    private async Task<(FeedState State, IReadOnlyList<(Batch Batch, long Position)> Batches, string? Last)> FindSnapshotAsync(
        NpgsqlConnection connection, FeedRequest request, string afterId, int take, CancellationToken cancellation)
    {
        var sql = FeedSql.FindSnapshot(request.AccountId, afterId, take, filters.GetPermitted(request.Where));
        await using var command = connection.ListCommand(sql);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        var state = FeedState.Read(row);
        var found = new List<(Batch, long)>();
        var (last, count, bytes) = (default(string), 0, 0L);
        while (!await row.IsDBNullAsync(FeedSql.StateColumns, cancellation))
        {
            var batch = BatchRowReader.Read(row, BatchFields.All, FeedSql.StateColumns);
            if (batch.DeletedAt is null && row.GetBoolean(FeedSql.StateColumns + BatchFields.All.Count))
            {
                bytes += BatchJson.GetLength(batch);
                if (bytes > request.MaxBytes && found.Count > 0)
                    return (state, found, last);
                found.Add((batch, row.GetInt64(FeedSql.StateColumns + BatchFields.All.Count + 1)));
            }
            last = batch.Id;
            count++;
            if (!await row.ReadAsync(cancellation))
                break;
        }
        return (state, found, count == take ? last : null);
    }

    private static async Task<IReadOnlyDictionary<string, (int Version, string Action)>> FindFirstChangesAsync(
        NpgsqlConnection connection, int accountId, string[] ids, long since, CancellationToken cancellation)
    {
        var first = new Dictionary<string, (int, string)>(StringComparer.Ordinal);
        if (ids.Length == 0)
            return first;
        await using var command = connection.ListCommand(FeedSql.FindFirstChanges(accountId, ids, since));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        while (await row.ReadAsync(cancellation))
            first.Add(row.GetString(0), (row.GetInt32(1), row.GetString(2)));
        return first;
    }

    private static async Task<(FeedState State, List<RecordedChange> Changes)> FindChangesAsync(
        NpgsqlConnection connection, int accountId, ChangePosition after, int take, CancellationToken cancellation)
    {
        await using var command = connection.ListCommand(FeedSql.FindChanges(accountId, after, take));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        var state = FeedState.Read(row);
        var changes = new List<RecordedChange>();
        if (await row.IsDBNullAsync(FeedSql.StateColumns, cancellation))
            return (state, changes);
        do
        {
            changes.Add(RecordedChange.Read(row, FeedSql.StateColumns));
        }
        while (await row.ReadAsync(cancellation));
        return (state, changes);
    }

    /// <summary>Removes the changes beyond a number, and the rest of the last transaction if others remain.</summary>
    private static List<RecordedChange> TrimToTransaction(List<RecordedChange> changes, int take)
    {
        var end = take;
        while (end > 0 && changes[end - 1].Position.Position == changes[take].Position.Position)
            end--;
        return changes[..(end == 0 ? take : end)];
    }

    /// <summary>Whether changes after a position may be lost: the history is not kept long enough, or the database was restored since, and
    /// the client may know changes that the database does not have.</summary>
    private bool IsExpired(FeedPosition position, FeedState state) =>
        position.After.Position < state.First
        || position.After.Position > state.Next
        || position.ReadAt < clock.GetUtcNowMicroseconds() - history.Retention + Margin;

    private static BatchVersion GetVersion(RecordedChange change) => new(change.BatchId, change.Version);

    /// <param name="Batch">The batch; null if it does not meet the condition, or was not read.</param>
    /// <param name="Version">Its version.</param>
    /// <param name="IsMatch">Whether it meets the condition.</param>
    /// <param name="IsRead">Whether the page has room for it.</param>
    private sealed record CurrentBatch(Batch? Batch, int Version, bool IsMatch, bool IsRead);

    /// <param name="First">The position of the first transaction since the database was last moved to another cluster.</param>
    /// <param name="Horizon">The position of the first transaction that may still be running.</param>
    /// <param name="Next">The position of the next transaction that will begin.</param>
    private readonly record struct FeedState(long First, long Horizon, long Next)
    {
        public static FeedState Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }
}

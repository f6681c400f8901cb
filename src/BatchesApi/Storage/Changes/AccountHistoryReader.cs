using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Replicas;
using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Storage.Changes;

/// <summary>The changes of an account to read.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Policy">The policy of the credential, with its relative values resolved.</param>
/// <param name="PolicyDigest">See <see cref="BatchChange.SeenBy"/>; null if there is no policy.</param>
/// <param name="By">The id of the API key, the access token or the user that made the changes; null for all.</param>
/// <param name="Actions">The actions; empty for all.</param>
/// <param name="From">The time since which the changes were made, UTC; or null.</param>
/// <param name="To">The time before which the changes were made, UTC; or null.</param>
/// <param name="Limit">Maximum number of changes on the page.</param>
/// <param name="Before">The place before which to read; null to begin with the newest change.</param>
internal sealed record AccountHistoryRequest(
    int AccountId,
    Condition Policy,
    string? PolicyDigest,
    string? By,
    string[] Actions,
    DateTime? From,
    DateTime? To,
    int Limit,
    ChangePosition? Before);

/// <summary>A page of the changes of an account, the newest first.</summary>
/// <param name="Entries">The changes with their batches.</param>
/// <param name="Next">The place before which the next page begins; null on the last page.</param>
internal sealed record AccountHistoryPage(IReadOnlyList<(string BatchId, HistoryEntry Entry)> Entries, ChangePosition? Next);

/// <summary>Reads the changes of an account.</summary>
internal sealed class AccountHistoryReader(
    AccountReads reads, BatchVersionReader versions, ListOptions lists, HistoryOptions options, TimeProvider clock)
{
    /// <summary>Maximum number of changes to look at for a page that leaves some out. If there are more, the page ends early.</summary>
    private const int MaxScanned = 20_000;

    /// <summary>The same if each must be compared with a policy, for which earlier versions are reconstructed.</summary>
    private const int MaxCompared = 1_000;

    /// <summary>Maximum number of created batches to read at the same time, which bounds the memory.</summary>
    private const int MaxCreates = 20;

    /// <summary>How far the times of changes may be from the order of their positions: transactions take time, and the clocks of servers
    /// differ.</summary>
    private static readonly TimeSpan MaxDisorder = TimeSpan.FromHours(1);

    /// <summary>Maximum size in bytes, as stored, of the changes before the last one on a page.</summary>
    private const int MaxBytes = 512 * 1024;

    /// <exception cref="ListTimeoutException">The page took too long.</exception>
    public Task<AccountHistoryPage> ReadAsync(AccountHistoryRequest request, CancellationToken cancellation) => lists.RunInTimeAsync(
        token => reads.RunListAsync(
            request.AccountId, (connection, readToken) => ReadAsync(connection, request, readToken), token),
        cancellation);

    private async Task<AccountHistoryPage> ReadAsync(
        NpgsqlConnection connection, AccountHistoryRequest request, CancellationToken cancellation)
    {
        var hasPolicy = request.Policy != Condition.Always;
        var take = hasPolicy ? Math.Max(request.Limit + 1, MaxCompared) : request.Limit + 1;
        var scan = request.By is null && request.Actions.Length == 0 ? take : Math.Max(take, MaxScanned);
        var (found, unread) = await FindAsync(connection, request, take, scan, cancellation);
        if (found.Count == take)
            unread = found[^1].Change.Position;
        if (hasPolicy)
            found = await FilterAsync(connection, request, found, cancellation);

        var fitting = new List<RecordedChange>();
        var bytes = 0L;
        foreach (var row in found.Take(request.Limit).TakeWhile(_ => bytes <= MaxBytes))
        {
            fitting.Add(row.Change);
            bytes += row.Bytes;
        }
        var changes = await ReadChangesAsync(connection, request.AccountId, fitting, cancellation);
        var entries = new List<(string, HistoryEntry)>();
        var creates = new Queue<BatchVersion>(fitting
            .Where(change => change.Action == BatchChange.Create)
            .Select(change => new BatchVersion(change.BatchId, change.Version)));
        var created = new Dictionary<BatchVersion, Batch>();
        foreach (var change in fitting)
        {
            if (change.Action == BatchChange.Create)
            {
                if (bytes > MaxBytes && entries.Count > 0)
                    break;
                var version = new BatchVersion(change.BatchId, change.Version);
                if (creates.TryPeek(out var next) && next == version)
                {
                    var chunk = Enumerable.Range(0, Math.Min(MaxCreates, creates.Count)).Select(_ => creates.Dequeue()).ToList();
                    created = new(await BatchVersionReader.ReadAsync(connection, request.AccountId, FieldSet.All, chunk, cancellation));
                }
                if (created.TryGetValue(version, out var batch))
                {
                    changes[change.Position] = RecordedValue.GetInitial(batch);
                    bytes += BatchJson.GetLength(batch);
                }
            }
            entries.Add((change.BatchId, new HistoryEntry(
                change.Version, change.At, change.Action, change.By, changes.GetValueOrDefault(change.Position) ?? [], change.ChangeId)));
        }
        return new AccountHistoryPage(entries, entries.Count < found.Count ? fitting[entries.Count - 1].Position : unread);
    }

    /// <summary>Finds the changes of the page, without their values.</summary>
    /// <returns>The changes with the sizes of their values in bytes, and the last change that was read if there are more.</returns>
    private async Task<(IReadOnlyList<FoundChange> Found, ChangePosition? Unread)> FindAsync(
        NpgsqlConnection connection, AccountHistoryRequest request, int take, int scan, CancellationToken cancellation)
    {
        var since = clock.GetUtcNowMicroseconds() - options.Retention;
        var lowest = request.From is { } from && from > DateTime.MinValue + MaxDisorder
            ? await FindPositionAsync(connection, request.AccountId, from - MaxDisorder, cancellation)
            : 0;
        var highest = request is { To: { } to, Before: null } && to < DateTime.MaxValue - MaxDisorder
            ? await FindPositionAsync(connection, request.AccountId, to + MaxDisorder, cancellation)
            : long.MaxValue;
        await using var command = connection.ListCommand(AccountHistorySql.Find(request, since, lowest, highest, take, scan));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var found = new List<FoundChange>();
        ChangePosition? unread = null;
        while (await row.ReadAsync(cancellation))
        {
            if (row.GetInt64(0) == scan)
                unread = new ChangePosition(row.GetInt64(1), row.GetDateTime(2), row.GetString(3), row.GetInt32(4));
            if (!await row.IsDBNullAsync(AccountHistorySql.ScanColumns, cancellation))
            {
                var change = RecordedChange.Read(row, AccountHistorySql.ScanColumns);
                found.Add(new FoundChange(change, row.GetInt32(AccountHistorySql.ScanColumns + RecordedChange.Columns)));
            }
        }
        return (found, unread);
    }

    /// <summary>Finds the position before which all changes are older than a time, as if positions were in the order of times. No index has
    /// the time, so the search halves the positions again and again.</summary>
    private static async Task<long> FindPositionAsync(
        NpgsqlConnection connection, int accountId, DateTime time, CancellationToken cancellation)
    {
        var (low, high) = (0L, await ReadLastAsync(long.MaxValue) is { } last ? last.Position + 1 : 0);
        while (low < high)
        {
            // Changes from before positions existed have the position 0.
            var middle = low + ((high - low + 1) / 2);
            if (await ReadLastAsync(middle) is { } previous && previous.At >= time)
                high = Math.Min(middle - 1, previous.Position);
            else
                low = middle;
        }
        return low;

        async Task<(long Position, DateTime At)?> ReadLastAsync(long before)
        {
            await using var command = connection.ListCommand(AccountHistorySql.FindLast(accountId, before));
            await using var row = await command.ExecuteReaderAsync(cancellation);
            return await row.ReadAsync(cancellation) ? (row.GetInt64(0), row.GetDateTime(1)) : null;
        }
    }

    /// <summary>Keeps the changes whose batches met the policy before and after them.</summary>
    private async Task<IReadOnlyList<FoundChange>> FilterAsync(
        NpgsqlConnection connection,
        AccountHistoryRequest request,
        IReadOnlyList<FoundChange> found,
        CancellationToken cancellation)
    {
        var permitted = await versions.FindMatchingAsync(
            connection,
            request.AccountId,
            request.Policy,
            found.Where(row => row.Change.Action != BatchChange.Purge).SelectMany(row => GetVersions(row.Change)),
            activeOnly: false,
            cancellation);
        return [.. found.Where(row => row.Change.Action == BatchChange.Purge
            ? row.Change.SeenBy?.Contains(request.PolicyDigest) == true
            : GetVersions(row.Change).All(permitted.Contains))];
    }

    /// <summary>The versions after and, unless it created the batch, before a change.</summary>
    private static IEnumerable<BatchVersion> GetVersions(RecordedChange change)
    {
        yield return new BatchVersion(change.BatchId, change.Version);
        if (change.Action != BatchChange.Create)
            yield return new BatchVersion(change.BatchId, change.Version - 1);
    }

    private static async Task<Dictionary<ChangePosition, IReadOnlyList<FieldChange>>> ReadChangesAsync(
        NpgsqlConnection connection, int accountId, List<RecordedChange> changes, CancellationToken cancellation)
    {
        var values = new Dictionary<ChangePosition, IReadOnlyList<FieldChange>>();
        if (changes.Count == 0)
            return values;
        await using var command = connection.ListCommand(AccountHistorySql.ReadChanges(accountId, changes));
        await using var row = await command.ExecuteReaderAsync(cancellation);
        while (await row.ReadAsync(cancellation))
            values.Add(changes[row.GetInt32(0)].Position, RecordedValue.ParseChanges(row.GetString(1)));
        return values;
    }

    /// <param name="Change">The change.</param>
    /// <param name="Bytes">The size of its values as stored.</param>
    private sealed record FoundChange(RecordedChange Change, int Bytes);
}

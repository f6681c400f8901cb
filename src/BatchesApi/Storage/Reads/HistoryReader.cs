using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Replicas;
using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Storage.Reads;

/// <summary>A page of the history of a batch, the newest change first.</summary>
/// <param name="Entries">The changes.</param>
/// <param name="NextCursor">The cursor of the next page, or null on the last page.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryEntry> Entries, string? NextCursor);

internal sealed class HistoryReader(
    BatchFilterSqlCache filters, AccountReads reads, HistoryOptions options, TimeProvider clock)
{
    /// <summary>Maximum size in bytes, as stored, of the changes before the last one on a page: a batch may be large and change
    /// often.</summary>
    private const int MaxBytes = 512 * 1024;

    /// <param name="accountId">The account of the batch.</param>
    /// <param name="policy">The policy of the caller's key.</param>
    /// <param name="id">The id of the batch, active or deleted.</param>
    /// <param name="limit">Maximum number of changes on the page.</param>
    /// <param name="before">The version before which the changes were made.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The page, or null if there is no such batch.</returns>
    public Task<HistoryPage?> ReadAsync(
        int accountId, Condition policy, string id, int limit, int before, CancellationToken cancellation) => reads.RunListAsync(
            accountId, (connection, token) => ReadAsync(connection, accountId, policy, id, limit, before, token), cancellation);

    private async Task<HistoryPage?> ReadAsync(
        NpgsqlConnection connection,
        int accountId,
        Condition policy,
        string id,
        int limit,
        int before,
        CancellationToken cancellation)
    {
        var find = FindBatch(filters.Get(accountId, deleted: false, policy), filters.Get(accountId, deleted: true, policy), id);
        await using var statements = connection.CreateBatch();
        statements.Add(find);
        statements.Add(FindChanges(accountId, id, limit + 1, before, clock.GetUtcNowMicroseconds() - options.Retention));

        var entries = new List<HistoryEntry>();
        var hasMore = false;
        await using (var row = await statements.ExecuteReaderAsync(cancellation))
        {
            if (!await row.ReadAsync(cancellation))
                return null;
            await row.NextResultAsync(cancellation);
            while (await row.ReadAsync(cancellation))
            {
                if (entries.Count == limit || row.GetBoolean(7))
                {
                    hasMore = true;
                    break;
                }
                var changes = await row.IsDBNullAsync(6, cancellation) ? [] : RecordedValue.ParseChanges(row.GetString(6));
                entries.Add(new HistoryEntry(
                    row.GetInt32(0),
                    row.GetDateTime(1),
                    row.GetString(2),
                    new Actor(row.GetString(3), row.GetString(4), row.GetString(5)),
                    changes,
                    await row.IsDBNullAsync(8, cancellation) ? null : row.GetString(8)));
            }
        }

        if (entries is [.., { Action: BatchChange.Create } create])
        {
            var version = new BatchVersion(id, create.Version);
            var first = await BatchVersionReader.ReadAsync(connection, accountId, FieldSet.All, [version], cancellation);
            entries[^1] = create with { Changes = first.TryGetValue(version, out var batch) ? RecordedValue.GetInitial(batch) : [] };
        }
        return new HistoryPage(entries, hasMore ? HistoryCursor.Write(accountId, id, entries[^1].Version) : null);
    }

    private static Sql FindBatch(Sql active, Sql deleted, string id) =>
        $"SELECT 1 FROM (({active}) UNION ALL ({deleted})) AS b WHERE b.id = {id}";

    /// <summary>The changes before a version and since a time: older ones are hidden, because they are deleted by the month. The last
    /// column is whether those before this one exceed <see cref="MaxBytes"/>.</summary>
    private static Sql FindChanges(int accountId, string id, int take, int before, DateTime since)
    {
        var maxBytes = Sql.Literal(MaxBytes);
        return $"""
            SELECT h.version, h.at, h.action, h.actor_kind, h.actor_id, h.actor_name,
                CASE WHEN h.sizes <= {maxBytes} THEN h.changes::text END, h.sizes > {maxBytes}, h.change_id
            FROM (SELECT h.*, sum(coalesce(pg_column_size(h.changes), 0)) OVER (ORDER BY h.version DESC)
                    - coalesce(pg_column_size(h.changes), 0) AS sizes
                FROM (SELECT h.* FROM batch_changes AS h WHERE h.account_id = {accountId} AND h.batch_id = {id} AND h.version < {before}
                    AND h.at >= {since} AND h.action <> {BatchChange.Purge} ORDER BY h.version DESC LIMIT {Sql.Literal(take)}) AS h) AS h
            ORDER BY h.version DESC
            """;
    }
}

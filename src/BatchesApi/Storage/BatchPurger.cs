using BatchesApi.Domain;
using BatchesApi.Storage.Writes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage;

/// <summary>Permanently removes deleted batches and their history.</summary>
internal static class BatchPurger
{
    /// <summary>Batches removed in one transaction, so that transactions stay short.</summary>
    private const int ChunkSize = 5_000;

    private static readonly Actor Purger = new(Actor.Operator, "", "purge");

    /// <summary>Removes the batches that were deleted before a time.</summary>
    /// <param name="source">The database.</param>
    /// <param name="accounts">The ids of the accounts, one after the other: a distributed PostgreSQL has each on another machine. Each with
    /// the expression of <see cref="RemovalSql.SeenBy"/>.</param>
    /// <param name="before">The time, UTC.</param>
    /// <param name="progress">Receives the number of batches removed so far.</param>
    /// <param name="cancellation">Cancels the current transaction; earlier ones are committed.</param>
    /// <returns>The number of batches removed.</returns>
    /// <exception cref="UnconfirmedWriteException">A standby did not confirm a transaction.</exception>
    public static async Task<long> PurgeAsync(
        NpgsqlDataSource source,
        IEnumerable<(int Id, Sql SeenBy)> accounts,
        DateTime before,
        Action<long> progress,
        CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var replication = new ReplicationWatch(connection);
        var total = 0L;
        foreach (var statement in accounts.Select(account => Purge(account.Id, before, account.SeenBy)))
        {
            long removed;
            do
            {
                // Two statements in one transaction: the second sees the changes as they are once none is being moved.
                await using var batch = connection.CreateBatch();
                batch.Timeout = 0;
                batch.Add(HistoryPartitions.KeepInPlace);
                batch.Add(statement);
                removed = await ReadCountAsync(batch, cancellation);
                replication.ThrowIfUnconfirmed();
                progress(total += removed);
            }
            while (removed > 0);
        }
        return total;
    }

    private static async Task<long> ReadCountAsync(NpgsqlBatch batch, CancellationToken cancellation)
    {
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        await row.NextResultAsync(cancellation);
        await row.ReadAsync(cancellation);
        return row.GetInt64(0);
    }

    private static Sql Purge(int accountId, DateTime before, Sql seenBy)
    {
        var time = new SqlValue(before, NpgsqlDbType.TimestampTz);
        return $"""
            WITH gone AS (
                DELETE FROM batches AS b USING (
                    SELECT id FROM batches
                    WHERE account_id = {accountId} AND is_deleted AND deleted_at < {time} LIMIT {Sql.Literal(ChunkSize)}) AS old
                WHERE b.account_id = {accountId} AND b.id = old.id AND b.is_deleted AND b.deleted_at < {time}
                RETURNING b.*),
            {RemovalSql.RemoveParts(accountId, Purger, TimeProvider.System.GetUtcNowMicroseconds(), seenBy)}
            SELECT count(*) FROM gone
            """;
    }
}

using BatchesApi.Storage.Writes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage;

/// <summary>Permanently removes deleted batches and their history.</summary>
internal static class BatchPurger
{
    /// <summary>Batches removed in one transaction, so that transactions stay short.</summary>
    private const int ChunkSize = 5_000;

    /// <summary>Removes the batches that were deleted before a time.</summary>
    /// <param name="source">The database.</param>
    /// <param name="accountId">The account, or null for all accounts.</param>
    /// <param name="before">The time, UTC.</param>
    /// <param name="progress">Receives the number of batches removed so far.</param>
    /// <param name="cancellation">Cancels the current transaction; earlier ones are committed.</param>
    /// <returns>The number of batches removed.</returns>
    /// <exception cref="UnconfirmedWriteException">A standby did not confirm a transaction.</exception>
    public static async Task<long> PurgeAsync(
        NpgsqlDataSource source, int? accountId, DateTime before, Action<long> progress, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var replication = new ReplicationWatch(connection);
        var statement = Purge(accountId, before);
        var total = 0L;
        while (true)
        {
            // Two statements in one transaction: the second sees the changes as they are once none is being moved.
            await using var batch = connection.CreateBatch();
            batch.Timeout = 0;
            batch.Add(HistoryPartitions.KeepInPlace);
            batch.Add(statement);
            var removed = await ReadCountAsync(batch, cancellation);
            replication.ThrowIfUnconfirmed();
            progress(total += removed);
            if (removed == 0)
                return total;
        }
    }

    private static async Task<long> ReadCountAsync(NpgsqlBatch batch, CancellationToken cancellation)
    {
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        await row.NextResultAsync(cancellation);
        await row.ReadAsync(cancellation);
        return row.GetInt64(0);
    }

    private static Sql Purge(int? accountId, DateTime before)
    {
        var time = new SqlValue(before, NpgsqlDbType.TimestampTz);
        var account = accountId is { } id ? $" AND account_id = {id}" : Sql.Empty;
        return $"""
            WITH gone AS (
                DELETE FROM batches AS b USING (
                    SELECT account_id, id FROM batches
                    WHERE is_deleted AND deleted_at < {time}{account} LIMIT {Sql.Literal(ChunkSize)}) AS old
                WHERE b.account_id = old.account_id AND b.id = old.id AND b.is_deleted AND b.deleted_at < {time}
                RETURNING b.account_id, b.id),
            unsearched AS ({BatchSearchSql.Delete(Sql.Raw("gone"))}),
            forgotten AS (
                DELETE FROM batch_changes AS h USING gone AS g WHERE h.account_id = g.account_id AND h.batch_id = g.id)
            SELECT count(*) FROM gone
            """;
    }
}

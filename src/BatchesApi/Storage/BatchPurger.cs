using BatchesApi.Domain;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Writes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage;

/// <summary>Permanently removes deleted batches and their history.</summary>
internal static class BatchPurger
{
    /// <summary>Batches removed in one transaction, so that transactions stay short.</summary>
    private const int ChunkSize = 5_000;

    private static readonly Actor Purger = Actor.ForCommand("purge");

    /// <summary>Removes the batches that were deleted before a time.</summary>
    /// <param name="source">The database.</param>
    /// <param name="seenBy">Finds the policies that permitted the batches.</param>
    /// <param name="accounts">The accounts with the policies of their credentials, one after the other: a distributed PostgreSQL has each
    /// on another machine.</param>
    /// <param name="before">The time, UTC.</param>
    /// <param name="progress">Receives the number of batches removed so far.</param>
    /// <param name="cancellation">Cancels the current transaction; earlier ones are committed.</param>
    /// <returns>The number of batches removed.</returns>
    /// <exception cref="UnconfirmedWriteException">A standby did not confirm a transaction.</exception>
    public static async Task<long> PurgeAsync(
        NpgsqlDataSource source,
        SeenByReader seenBy,
        IEnumerable<(int Id, IReadOnlyList<PolicyView> Policies)> accounts,
        DateTime before,
        Action<long> progress,
        CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var replication = new ReplicationWatch(connection);
        var total = 0L;
        foreach (var (accountId, policies) in accounts)
        {
            int removed;
            do
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                var ids = await LockAsync(connection, accountId, before, cancellation);
                var seen = await seenBy.FindAsync(connection, accountId, ids, policies, cancellation);
                await using var remove = connection.Command(Purge(accountId, ids, RemovalSql.SeenBy(seen)));
                remove.CommandTimeout = 0;
                await remove.ExecuteNonQueryAsync(cancellation);
                await transaction.CommitAsync(cancellation);
                replication.ThrowIfUnconfirmed();
                removed = ids.Length;
                progress(total += removed);
            }
            while (removed > 0);
        }
        return total;
    }

    /// <summary>Locks the next batches. No changes are moved from then on, and the statements that follow see everything that earlier
    /// writers recorded of them.</summary>
    private static async Task<string[]> LockAsync(
        NpgsqlConnection connection, int accountId, DateTime before, CancellationToken cancellation)
    {
        await using var batch = connection.CreateBatch();
        batch.Timeout = 0;
        batch.Add(HistoryPartitions.KeepInPlace);
        batch.Add(
            $"""
            SELECT b.id FROM batches AS b
            WHERE b.account_id = {accountId} AND b.is_deleted AND b.deleted_at < {new SqlValue(before, NpgsqlDbType.TimestampTz)}
            LIMIT {Sql.Literal(ChunkSize)} FOR UPDATE
            """);
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        await row.NextResultAsync(cancellation);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellation))
            ids.Add(row.GetString(0));
        return [.. ids];
    }

    private static Sql Purge(int accountId, string[] ids, Sql seenBy) =>
        $"""
        WITH gone AS (DELETE FROM batches AS b WHERE b.account_id = {accountId} AND b.id = ANY ({ids}) RETURNING b.*),
        {RemovalSql.RemoveParts(accountId, Purger, TimeProvider.System.GetUtcNowMicroseconds(), seenBy)}
        SELECT count(*) FROM gone
        """;
}

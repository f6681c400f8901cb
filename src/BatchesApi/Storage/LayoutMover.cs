using BatchesApi.Storage.Migrations;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Fills the tables that the migration <c>NewLayout</c> creates from those of version 0.1.0. It works in transactions of some
/// seconds, continues where it stopped, and several servers may run it concurrently. Meanwhile servers of the earlier version
/// read.</summary>
internal static class LayoutMover
{
    /// <summary>The migration that creates the tables.</summary>
    public const string Migration = "20261126123000_NewLayout";

    /// <summary>The migration that uses them, after they are filled.</summary>
    public const string NextMigration = "20261126123100_SwitchToNewLayout";

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    /// <param name="source">The database.</param>
    /// <param name="progress">Receives lines for the log.</param>
    /// <param name="cancellation">Cancels the current transaction; earlier ones are committed.</param>
    public static async Task MoveAsync(NpgsqlDataSource source, Action<string> progress, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        try
        {
            await MoveAsync(connection, "batches", LayoutSql.MoveBatches, progress, cancellation);
            await MoveAsync(connection, "changes", LayoutSql.MoveChanges, progress, cancellation);
            foreach (var index in LayoutSql.CreateIndexes)
                await ExecuteAsync(connection, index, cancellation);
            await ExecuteAsync(connection, "ANALYZE new_batches, batch_search, new_batch_changes", cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // Another server has finished.
        }
    }

    private static async Task MoveAsync(
        NpgsqlConnection connection, string what, string move, Action<string> progress, CancellationToken cancellation)
    {
        var (moved, reported) = (0L, TimeProvider.System.GetTimestamp());
        while (await ExecuteAsync(connection, move, cancellation) is var count and > 0)
        {
            moved += count;
            if (TimeProvider.System.GetElapsedTime(reported) < ProgressInterval)
                continue;
            reported = TimeProvider.System.GetTimestamp();
            progress($"Moved {moved:N0} {what} to the new layout.");
        }
        if (moved > 0)
            progress($"Moved all {what} to the new layout, {moved:N0} in this run.");
    }

    /// <summary>Runs one statement in a transaction that no other server runs at the same time.</summary>
    /// <returns>The number that it returns, or 0.</returns>
    private static async Task<long> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var wait = new NpgsqlCommand("LOCK TABLE new_idempotency_keys IN EXCLUSIVE MODE", connection, transaction))
        {
            wait.CommandTimeout = 0;
            await wait.ExecuteNonQueryAsync(cancellation);
        }
        await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 0 };
        var result = await command.ExecuteScalarAsync(cancellation) is long number ? number : 0;
        await transaction.CommitAsync(cancellation);
        return result;
    }
}

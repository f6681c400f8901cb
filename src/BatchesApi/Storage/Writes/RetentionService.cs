using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>The retention of the history.</summary>
/// <param name="Retention">The age at which changes are deleted.</param>
internal sealed record HistoryOptions(TimeSpan Retention);

/// <summary>Deletes old changes and idempotency keys in the background, in chunks so small that no request waits for them.</summary>
internal sealed partial class RetentionService(
    NpgsqlDataSource source, DatabaseState state, HistoryOptions options, TimeProvider clock, ILogger<RetentionService> log)
    : RestartingService(clock, log)
{
    private const int ChunkSize = 200;

    /// <summary>No request waits for a chunk, and stored responses can be large.</summary>
    private const int TimeoutSeconds = 300;

    private static readonly TimeSpan RoundInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ChunkInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Deletes all old changes and keys.</summary>
    /// <returns>The number of deleted rows.</returns>
    public async Task<int> PruneAsync(CancellationToken cancellation)
    {
        var now = Time.GetUtcNowMicroseconds();
        return await PruneAsync(Sql.Raw("batch_changes"), Sql.Raw("at"), now - options.Retention, cancellation)
            + await PruneAsync(Sql.Raw("idempotency_keys"), Sql.Raw("created_at"), now - IdempotencyRecord.Lifetime, cancellation);
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(RoundInterval, Time, stoppingToken);
            if (state.RefusesWrites)
                continue;
            try
            {
                await PruneAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                // The next round retries.
                NotPruned(Log, exception.Message);
            }
        }
    }

    private async Task<int> PruneAsync(Sql table, Sql time, DateTime before, CancellationToken cancellation)
    {
        for (var total = 0; ; await Task.Delay(ChunkInterval, Time, cancellation))
        {
            // SKIP LOCKED: another server may be deleting the same rows.
            await using var command = source.Command(
                $"""
                DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM {table} WHERE {time} < {before} ORDER BY {time} LIMIT {Sql.Literal(ChunkSize)} FOR UPDATE SKIP LOCKED))
                """);
            command.CommandTimeout = TimeoutSeconds;
            var deleted = await command.ExecuteNonQueryAsync(cancellation);
            total += deleted;
            if (deleted < ChunkSize)
                return total;
        }
    }

    [LoggerMessage(60, LogLevel.Warning, "Could not delete old changes and idempotency keys: {Reason}.")]
    private static partial void NotPruned(ILogger log, string reason);
}

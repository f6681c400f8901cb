using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Forgets old changes and idempotency keys, in the background and in pieces so small that nobody waits for them.</summary>
internal sealed partial class RetentionService(NpgsqlDataSource source, DatabaseState state, HistoryOptions options, TimeProvider clock, ILogger<RetentionService> log)
    : RestartingService(clock, log)
{
    private const int ChunkSize = 200;

    /// <summary>Nobody waits for it, and answers that are kept can be large.</summary>
    private const int TimeoutSeconds = 300;

    private static readonly TimeSpan BetweenRounds = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BetweenPieces = TimeSpan.FromMilliseconds(100);

    /// <summary>Forgets everything that is old.</summary>
    /// <returns>How much it was, changes and keys together.</returns>
    public async Task<int> PruneAsync(CancellationToken cancellation)
    {
        var now = Time.GetUtcNowMicroseconds();
        return await PruneAsync(BatchChangeConfiguration.Table, "at", now - options.Retention, cancellation)
            + await PruneAsync(IdempotencyRecordConfiguration.Table, "created_at", now - IdempotencyRecord.Lifetime, cancellation);
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(BetweenRounds, Time, stoppingToken);
            if (state.RefusesWrites)
                continue;
            try
            {
                await PruneAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                // The next round will do it.
                NotPruned(Log, exception.Message);
            }
        }
    }

    private async Task<int> PruneAsync(string table, string time, DateTime before, CancellationToken cancellation)
    {
        // What another server forgets just now is left to it.
        var sql = $"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {time} < @before ORDER BY {time} LIMIT {ChunkSize} FOR UPDATE SKIP LOCKED))";
        for (var total = 0; ; await Task.Delay(BetweenPieces, Time, cancellation))
        {
            await using var command = source.CreateCommand(sql);
            command.CommandTimeout = TimeoutSeconds;
            command.Parameters.AddWithValue("before", before);
            var piece = await command.ExecuteNonQueryAsync(cancellation);
            total += piece;
            if (piece < ChunkSize)
                return total;
        }
    }

    [LoggerMessage(60, LogLevel.Warning, "Old changes and idempotency keys could not be forgotten: {Reason}.")]
    private static partial void NotPruned(ILogger log, string reason);
}

using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>The retention of the history.</summary>
/// <param name="Retention">The age at which changes are deleted.</param>
internal sealed record HistoryOptions(TimeSpan Retention);

/// <summary>In the background, creates the partitions of the history before they are needed, and deletes old changes and idempotency keys:
/// changes by dropping partitions, all else in chunks so small that no request waits for them.</summary>
internal sealed partial class RetentionService(
    NpgsqlDataSource source, DatabaseState state, HistoryOptions options, TimeProvider clock, ILogger<RetentionService> log)
    : RestartingService(clock, log)
{
    private const int ChunkSize = 200;

    /// <summary>No request waits for a chunk, and stored responses can be large.</summary>
    private const int TimeoutSeconds = 300;

    private static readonly TimeSpan RoundInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ChunkInterval = TimeSpan.FromMilliseconds(100);

    private static readonly Sql ChangeKey = Sql.Raw("account_id, batch_id, version, at");
    private static readonly Sql RecordKey = Sql.Raw("account_id, credential_id, key");

    private bool _warnedOfRights;

    /// <summary>Does all the work that is due. Errors of the database are logged; the next round tries again.</summary>
    public async Task RunRoundAsync(CancellationToken cancellation)
    {
        await TryAsync(DeleteKeysAsync, cancellation);
        await TryAsync(MaintainHistoryAsync, cancellation);
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        // The first round is immediate: a database that was unused for months, or restored, has no partition for the current one.
        await state.WaitUntilUsableAsync(stoppingToken);
        for (; ; await Task.Delay(RoundInterval, Time, stoppingToken))
        {
            if (!state.RefusesWrites)
                await RunRoundAsync(stoppingToken);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        try
        {
            await work(cancellation);
        }
        catch (NpgsqlException exception)
        {
            NotDone(Log, exception.Message);
        }
    }

    private async Task DeleteKeysAsync(CancellationToken cancellation)
    {
        var before = Time.GetUtcNowMicroseconds() - IdempotencyRecord.Lifetime;
        await DeleteAsync(
            Sql.Raw(IdempotencyRecordConfiguration.Table),
            RecordKey,
            $"created_at < {before} ORDER BY created_at",
            cancellation);
    }

    private async Task MaintainHistoryAsync(CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var layout = await HistoryPartitions.ReadAsync(connection, cancellation);
        var now = Time.GetUtcNowMicroseconds();

        // Neither a server nor a database whose clock is ahead deletes changes that are not old.
        var start = (now < layout.Now ? now : layout.Now) - options.Retention;

        if (layout.IsOwner)
        {
            foreach (var month in HistoryPartitions.FindMissing(layout, now, start))
                await TryAsync(cancellation => HistoryPartitions.CreateAsync(connection, month, cancellation), cancellation);
        }
        else if (!_warnedOfRights)
        {
            _warnedOfRights = true;
            LacksRights(Log, layout.Role, layout.Owner);
        }

        foreach (var old in layout.All.Where(partition => partition.To <= start))
        {
            await TryAsync(
                cancellation => layout.IsOwner
                    ? HistoryPartitions.DropAsync(connection, old, cancellation)
                    : DeleteAsync(Sql.Raw(old.Name), ChangeKey, Sql.True, cancellation),
                cancellation);
        }
        await DeleteAsync(Sql.Raw(HistoryPartitions.Default), ChangeKey, $"at < {start} ORDER BY at", cancellation);
    }

    /// <summary>Deletes rows in chunks.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The columns of its key.</param>
    /// <param name="condition">Which rows, and in which order.</param>
    /// <param name="cancellation">Stops after the current chunk.</param>
    private async Task DeleteAsync(Sql table, Sql key, Sql condition, CancellationToken cancellation)
    {
        while (true)
        {
            // SKIP LOCKED: another server may be deleting the same rows.
            await using var command = source.Command(
                $"""
                WITH old AS MATERIALIZED (
                    SELECT {key} FROM {table} WHERE {condition} LIMIT {Sql.Literal(ChunkSize)} FOR UPDATE SKIP LOCKED)
                DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM old)
                """);
            command.CommandTimeout = TimeoutSeconds;
            if (await command.ExecuteNonQueryAsync(cancellation) < ChunkSize)
                return;
            await Task.Delay(ChunkInterval, Time, cancellation);
        }
    }

    [LoggerMessage(60, LogLevel.Warning, "Could not delete old changes and idempotency keys, or prepare the history for the next months: "
        + "{Reason}. The next round, in 10 minutes, tries again.")]
    private static partial void NotDone(ILogger log, string reason);

    [LoggerMessage(61, LogLevel.Warning, "The role {Role} may not create partitions of the history. Changes of months without one go to "
        + "batch_changes_default, and old changes are deleted in chunks, which costs more. Run GRANT \"{Owner}\" TO \"{Role}\", and "
        + "GRANT CREATE on the schema.")]
    private static partial void LacksRights(ILogger log, string role, string owner);
}

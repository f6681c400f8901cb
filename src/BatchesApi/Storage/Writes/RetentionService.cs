using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>The retention of the history.</summary>
/// <param name="Retention">The age at which changes are deleted.</param>
internal sealed record HistoryOptions(TimeSpan Retention);

/// <summary>In the background, creates the partitions of the history before they are needed, and deletes old changes, idempotency keys,
/// leases and deliveries: changes of batches by dropping partitions, all else in chunks so small that no request waits for them.</summary>
internal sealed partial class RetentionService(
    [FromKeyedServices(StorageServices.Background)] NpgsqlDataSource source,
    DatabaseState state,
    HistoryOptions options,
    TimeProvider clock,
    ILogger<RetentionService> log)
    : RestartingService(clock, log)
{
    private const int ChunkSize = 200;

    /// <summary>Number of old rows to look at, for the accounts that have some.</summary>
    private const int MaxOldest = 50 * ChunkSize;

    /// <summary>No request waits for a chunk, and stored responses can be large.</summary>
    private const int TimeoutSeconds = 300;

    private static readonly TimeSpan RoundInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ChunkInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The columns of keys after the account.</summary>
    private static readonly Sql ChangeKey = Sql.Raw("batch_id, version, at");
    private static readonly Sql RecordKey = Sql.Raw("credential_id, key");
    private static readonly Sql LeaseKey = Sql.Raw("batch_id");
    private static readonly Sql DeliveryKey = Sql.Raw("webhook_id, id");
    private static readonly Sql AccessChangeKey = Sql.Raw("id");

    private bool _warnedOfRights;

    /// <summary>Does all the work that is due. Errors of the database are logged; the next round tries again.</summary>
    public async Task RunRoundAsync(CancellationToken cancellation)
    {
        await TryAsync(DeleteKeysAsync, cancellation);
        await TryAsync(DeleteLeasesAsync, cancellation);
        await TryAsync(DeleteDeliveriesAsync, cancellation);
        await TryAsync(DeleteAccessChangesAsync, cancellation);
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
        await DeleteBeforeAsync(
            Sql.Raw(IdempotencyRecordConfiguration.Table), RecordKey, Sql.Raw("created_at"), before, cancellation);
    }

    /// <summary>Deletes ended leases. The clock of the database decides, as for claims.</summary>
    private async Task DeleteLeasesAsync(CancellationToken cancellation)
    {
        var now = await ReadAsync($"SELECT now()", row => row.GetDateTime(0), cancellation);
        await DeleteBeforeAsync(Sql.Raw(BatchLeaseConfiguration.Table), LeaseKey, Sql.Raw("until"), now[0], cancellation);
    }

    /// <summary>Deletes old deliveries of webhooks, except those that an active webhook will send.</summary>
    private async Task DeleteDeliveriesAsync(CancellationToken cancellation)
    {
        var before = Time.GetUtcNowMicroseconds() - WebhookDelivery.Retention;
        var isKept = Sql.Raw(
            """
            status = 'pending' AND EXISTS (
                SELECT FROM webhooks AS w
                WHERE w.account_id = webhook_deliveries.account_id AND w.id = webhook_deliveries.webhook_id AND w.is_active)
            """);
        await DeleteBeforeAsync(
            Sql.Raw(WebhookDeliveryConfiguration.Table), DeliveryKey, Sql.Raw("created_at"), before, cancellation, isKept);
    }

    private async Task DeleteAccessChangesAsync(CancellationToken cancellation)
    {
        var before = Time.GetUtcNowMicroseconds() - options.Retention;
        await DeleteBeforeAsync(Sql.Raw(AccessChangeConfiguration.Table), AccessChangeKey, Sql.Raw("at"), before, cancellation);
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
                    : DeleteAllAsync(Sql.Raw(old.Name), cancellation),
                cancellation);
        }
        await DeleteBeforeAsync(Sql.Raw(HistoryPartitions.Default), ChangeKey, Sql.Raw("at"), start, cancellation);
    }

    /// <summary>Deletes old rows, the oldest first.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The columns of its key after the account.</param>
    /// <param name="at">The column of the time, which has an index.</param>
    /// <param name="before">The time before which rows are old.</param>
    /// <param name="cancellation">Stops after the current chunk.</param>
    /// <param name="isKept">The condition on old rows that are not deleted; null if all are.</param>
    private async Task DeleteBeforeAsync(
        Sql table, Sql key, Sql at, DateTime before, CancellationToken cancellation, Sql? isKept = null)
    {
        var isDeleted = isKept is null ? Sql.True : (Sql)$"NOT ({isKept})";
        var oldest = (Sql)$"""
            SELECT account_id, max(max({at})) OVER () FROM (
                SELECT account_id, {at} FROM {table} WHERE {at} < {before} AND {isDeleted}
                ORDER BY {at} LIMIT {Sql.Literal(MaxOldest)}) AS old
            GROUP BY account_id ORDER BY account_id
            """;
        while (true)
        {
            var deleted = 0;
            foreach (var (account, until) in await ReadAsync(oldest, row => (row.GetInt32(0), row.GetDateTime(1)), cancellation))
                deleted += await DeleteAsync(table, key, account, $"{at} <= {until} AND {isDeleted} ORDER BY {at}", cancellation);
            if (deleted == 0)
                return;
            await Task.Delay(ChunkInterval, Time, cancellation);
        }
    }

    /// <summary>Deletes all changes of a partition.</summary>
    private async Task DeleteAllAsync(Sql partition, CancellationToken cancellation)
    {
        foreach (var account in await ReadAsync($"SELECT DISTINCT account_id FROM {partition}", row => row.GetInt32(0), cancellation))
            await DeleteAsync(partition, ChangeKey, account, Sql.True, cancellation);
    }

    /// <summary>Deletes rows of one account in chunks: a distributed PostgreSQL has each account on another machine.</summary>
    /// <returns>The number of rows.</returns>
    /// <param name="table">The table.</param>
    /// <param name="key">The columns of its key after the account.</param>
    /// <param name="account">The account.</param>
    /// <param name="condition">The condition of the rows, and their order.</param>
    /// <param name="cancellation">Stops after the current chunk.</param>
    private async Task<int> DeleteAsync(Sql table, Sql key, int account, Sql condition, CancellationToken cancellation)
    {
        for (var total = 0; ; await Task.Delay(ChunkInterval, Time, cancellation))
        {
            // SKIP LOCKED: another server may be deleting the same rows.
            await using var command = source.Command(
                $"""
                WITH old AS MATERIALIZED (
                    SELECT {key} FROM {table} WHERE account_id = {account} AND {condition} LIMIT {Sql.Literal(ChunkSize)}
                    FOR UPDATE SKIP LOCKED)
                DELETE FROM {table} WHERE account_id = {account} AND ({key}) IN (SELECT {key} FROM old)
                """);
            command.CommandTimeout = TimeoutSeconds;
            var deleted = await command.ExecuteNonQueryAsync(cancellation);
            total += deleted;
            if (deleted < ChunkSize)
                return total;
        }
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(Sql query, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = source.Command(query);
        command.CommandTimeout = TimeoutSeconds;
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await row.ReadAsync(cancellation))
            rows.Add(read(row));
        return rows;
    }

    [LoggerMessage(60, LogLevel.Warning, "Could not delete old changes, idempotency keys, leases and deliveries, or prepare the history "
        + "for the next months: {Reason}. The next round, in 10 minutes, tries again.")]
    private static partial void NotDone(ILogger log, string reason);

    [LoggerMessage(61, LogLevel.Warning, "The role {Role} may not create partitions of the history. Changes of months without one go to "
        + "batch_changes_default, and old changes are deleted in chunks, which costs more. Run GRANT \"{Owner}\" TO \"{Role}\", and "
        + "GRANT CREATE on the schema.")]
    private static partial void LacksRights(ILogger log, string role, string owner);
}

using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>Follows which writes each replica has, and stops the use of those that do not respond or that have another
/// database.</summary>
internal sealed partial class ReplicaMonitor : RestartingService
{
    /// <summary>How often a replica is asked.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Maximum time that a replica may take to respond. Npgsql's own timeout first tries to cancel the command, which takes much
    /// longer on a machine that hangs.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>Npgsql's timeout in seconds, for commands whose result is no longer awaited.</summary>
    private const int CommandTimeoutSeconds = 5;

    /// <summary>The oldest transaction that is not completely replayed, and how far the replica is behind in seconds: the age of the last
    /// transaction that was replayed, unless all that was received is replayed and the replica receives.</summary>
    private const string ReadState =
        """
        SELECT pg_snapshot_xmin(pg_current_snapshot()), CASE
            WHEN NOT pg_is_in_recovery() THEN 0
            WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
        """;

    private readonly NpgsqlDataSource _primary;
    private readonly ReplicaSet _replicas;
    private readonly WritePositions _positions;
    private readonly DatabaseState _state;

    public ReplicaMonitor(
        [FromKeyedServices(StorageServices.Background)] NpgsqlDataSource primary,
        ReplicaSet replicas,
        WritePositions positions,
        DatabaseState state,
        TimeProvider clock,
        ILogger<ReplicaMonitor> log)
        : base(clock, log)
    {
        (_primary, _replicas, _positions, _state) = (primary, replicas, positions, state);
        ServerMetrics.ObserveReplicaLag(
            () => replicas.All.Where(replica => replica.IsAvailable).Select(replica => (replica.Name, replica.Lag)));
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (_replicas.All.Count == 0)
            return;
        await _state.WaitUntilUsableAsync(stoppingToken);
        if ((await WaitForPrimaryAsync(stoppingToken)).IsDistributed)
        {
            Distributed(Log);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] loops = [SynchronizePositionsAsync(end.Token), .. _replicas.All.Select(replica => FollowAsync(replica, end.Token))];
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads the identity of the primary, as soon as it responds.</summary>
    private async Task<DatabaseIdentity> WaitForPrimaryAsync(CancellationToken cancellation)
    {
        string? reported = null;
        while (true)
        {
            try
            {
                return await ReadPrimaryAsync(cancellation);
            }
            catch (NpgsqlException exception)
            {
                if (exception.Message != reported)
                    PrimaryUnavailable(Log, exception.Message);
                reported = exception.Message;
            }
            await Task.Delay(Pause, Time, cancellation);
        }
    }

    private async Task<DatabaseIdentity> ReadPrimaryAsync(CancellationToken cancellation)
    {
        await using var connection = await _primary.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
        return await DatabaseIdentity.ReadAsync(connection, CommandTimeoutSeconds, cancellation);
    }

    /// <summary>Sets the positions that are unknown: those of everything before this server started, of writes whose outcome is unknown,
    /// and of writes that other servers could not share.</summary>
    private async Task SynchronizePositionsAsync(CancellationToken cancellation)
    {
        for (; ; await Task.Delay(Interval, Time, cancellation))
        {
            if (!_positions.IsIncomplete || await _positions.ReadEpochAsync() is not { } epoch)
                continue;
            var unknown = _positions.UnknownAccounts;
            await _positions.CompleteAsync(epoch, unknown, (await WaitForPrimaryAsync(cancellation)).NextTransaction - 1);
        }
    }

    private async Task FollowAsync(Replica replica, CancellationToken cancellation)
    {
        string? reported = null;
        while (true)
        {
            string reason;
            try
            {
                reason = await replica.Check.FindProblemAsync(cancellation).WaitAsync(DataSourceExtensions.DefaultWait, Time, cancellation)
                    ?? await FollowAsync(replica, () => reported = null, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                // Npgsql reports a broken connection in several ways.
                reason = (exception as PostgresException)?.MessageText ?? exception.Message;
            }
            await replica.LoseAsync();
            if (reported != reason)
                NotUsed(Log, replica.Name, reason);
            reported = reason;
            await Task.Delay(Pause, Time, cancellation);
        }
    }

    /// <summary>Follows a replica until it fails.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="onUsed">Called when it is used.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Why the replica cannot be used.</returns>
    private async Task<string> FollowAsync(Replica replica, Action onUsed, CancellationToken cancellation)
    {
        var connection = await replica.Connections.Pool.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
        try
        {
            var identity = await DatabaseIdentity.ReadAsync(connection, CommandTimeoutSeconds, cancellation)
                .WaitAsync(Timeout, Time, cancellation);
            if (!identity.IsReplicaOf(await ReadPrimaryAsync(cancellation)))
                return DatabaseIdentity.NotReplica;
            await using var command = new NpgsqlCommand(ReadState, connection) { CommandTimeout = CommandTimeoutSeconds };
            for (var isUsed = false; ; await Task.Delay(Interval, Time, cancellation))
            {
                var (oldestRunning, lag) = await ReadStateAsync(command, cancellation).WaitAsync(Timeout, Time, cancellation);
                replica.SetState(oldestRunning, lag);
                if (isUsed)
                    continue;
                isUsed = true;
                Used(Log, replica.Name);
                onUsed();
            }
        }
        finally
        {
            // Closing waits for a command that is running.
            _ = Task.Run(async () => await connection.DisposeAsync(), CancellationToken.None);
        }
    }

    private static async Task<(ulong OldestRunning, double Lag)> ReadStateAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return (row.GetFieldValue<ulong>(0), row.GetDouble(1));
    }

    [LoggerMessage(32, LogLevel.Information, "The replica {Replica} serves reads.")]
    private static partial void Used(ILogger log, string replica);

    [LoggerMessage(33, LogLevel.Warning, "The replica {Replica} is not used: {Reason}. The primary serves its reads. Trying again every "
        + "second.")]
    private static partial void NotUsed(ILogger log, string replica, string reason);

    [LoggerMessage(34, LogLevel.Warning, "Replicas are not used yet, because the primary does not respond: {Reason}.")]
    private static partial void PrimaryUnavailable(ILogger log, string reason);

    [LoggerMessage(36, LogLevel.Warning, "Replicas are not used, because Citus distributes the database.")]
    private static partial void Distributed(ILogger log);
}

using System.Diagnostics.Metrics;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>Follows how far each replica is, and stops the use of those that do not respond or that have another database.</summary>
internal sealed partial class ReplicaMonitor : RestartingService
{
    /// <summary>How often a replica is asked. After a write, the primary serves the account for at least this long.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Maximum time in seconds that a replica may take to respond.</summary>
    private const int TimeoutSeconds = 1;

    /// <summary>The cluster and the database, which a standby shares with its primary, and the first transaction that is not in a new
    /// snapshot.</summary>
    private const string ReadIdentity =
        """
        SELECT (SELECT system_identifier FROM pg_control_system()), d.oid, pg_snapshot_xmax(pg_current_snapshot())
        FROM pg_database AS d WHERE d.datname = current_database()
        """;

    /// <summary>The oldest transaction that is not completely replayed, and the age of the last one that was, unless all that was received
    /// is replayed.</summary>
    private const string ReadState =
        """
        SELECT pg_snapshot_xmin(pg_current_snapshot()), CASE
            WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
        """;

    private readonly NpgsqlDataSource _primary;
    private readonly ReplicaSet _replicas;
    private readonly WritePositions _positions;
    private readonly DatabaseState _state;

    public ReplicaMonitor(
        NpgsqlDataSource primary,
        ReplicaSet replicas,
        WritePositions positions,
        DatabaseState state,
        IMeterFactory meters,
        TimeProvider clock,
        ILogger<ReplicaMonitor> log)
        : base(clock, log)
    {
        (_primary, _replicas, _positions, _state) = (primary, replicas, positions, state);
        meters.Create("BatchesApi").CreateObservableGauge(
            "batches.replica.lag",
            () => replicas.All.Where(replica => replica.IsAvailable).Select(replica =>
                new Measurement<double>(replica.Lag, new KeyValuePair<string, object?>("replica", replica.Name))),
            "s",
            "How far a replica is behind the primary. A replica that is not used has no value.");
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (_replicas.All.Count == 0)
            return;
        await _state.WaitUntilUsableAsync(stoppingToken);
        var primary = await ReadIdentityAsync(stoppingToken);

        // Clients may have read everything that was committed before this server started.
        _positions.SetMinimum(primary.NextTransaction - 1);
        await Task.WhenAll(_replicas.All.Select(replica => FollowAsync(replica, primary, stoppingToken)));
    }

    private async Task<Identity> ReadIdentityAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await using var connection = await _primary.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
                return await ReadIdentityAsync(connection, cancellation);
            }
            catch (NpgsqlException exception)
            {
                // The connection monitor reports it.
                PrimaryUnavailable(Log, exception.Message);
            }
            await Task.Delay(Pause, Time, cancellation);
        }
    }

    private async Task FollowAsync(Replica replica, Identity primary, CancellationToken cancellation)
    {
        string? reported = null;
        while (true)
        {
            string reason;
            try
            {
                await using var connection = await replica.Source.OpenWithinAsync(DataSourceExtensions.DefaultWait, cancellation);
                var identity = await ReadIdentityAsync(connection, cancellation);
                if (identity.Cluster == primary.Cluster && identity.Database == primary.Database)
                {
                    Used(Log, replica.Name);
                    reported = null;
                    await FollowAsync(replica, connection, cancellation);
                }
                reason = "it is not a replica of the database";
            }
            catch (NpgsqlException exception)
            {
                reason = exception.Message;
            }
            await replica.LoseAsync();
            if (reported != reason)
                NotUsed(Log, replica.Name, reason);
            reported = reason;
            await Task.Delay(Pause, Time, cancellation);
        }
    }

    /// <summary>Follows a replica until it fails.</summary>
    private async Task FollowAsync(Replica replica, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(ReadState, connection) { CommandTimeout = TimeoutSeconds };
        while (true)
        {
            await using (var row = await command.ExecuteReaderAsync(cancellation))
            {
                await row.ReadAsync(cancellation);
                replica.SetState(row.GetFieldValue<ulong>(0), row.GetDouble(1));
            }
            await Task.Delay(Interval, Time, cancellation);
        }
    }

    private static async Task<Identity> ReadIdentityAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(ReadIdentity, connection) { CommandTimeout = TimeoutSeconds };
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new Identity(row.GetInt64(0), row.GetFieldValue<uint>(1), row.GetFieldValue<ulong>(2));
    }

    [LoggerMessage(32, LogLevel.Information, "The replica {Replica} serves reads.")]
    private static partial void Used(ILogger log, string replica);

    [LoggerMessage(33, LogLevel.Warning, "The replica {Replica} is not used: {Reason}. The primary serves its reads. Trying again every "
        + "second.")]
    private static partial void NotUsed(ILogger log, string replica, string reason);

    [LoggerMessage(34, LogLevel.Debug, "The primary does not respond, so replicas are not used yet: {Reason}.")]
    private static partial void PrimaryUnavailable(ILogger log, string reason);

    /// <param name="Cluster">The cluster.</param>
    /// <param name="Database">The database in the cluster.</param>
    /// <param name="NextTransaction">The first transaction that is not complete.</param>
    private readonly record struct Identity(long Cluster, uint Database, ulong NextTransaction);
}

using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>Which database a connection leads to, and which transactions are visible there.</summary>
/// <param name="Cluster">The cluster, which a standby shares with its primary.</param>
/// <param name="Database">The database in the cluster.</param>
/// <param name="IsStandby">Whether it replays the log of a primary.</param>
/// <param name="StartedAt">When the server of PostgreSQL started, which identifies it.</param>
/// <param name="IsDistributed">Whether Citus distributes the tables, so that their transactions are those of other machines.</param>
/// <param name="OldestRunning">The oldest transaction that is not completely visible.</param>
/// <param name="NextTransaction">The first transaction after all that are visible.</param>
internal readonly record struct DatabaseIdentity(
    long Cluster,
    uint Database,
    bool IsStandby,
    DateTime StartedAt,
    bool IsDistributed,
    ulong OldestRunning,
    ulong NextTransaction)
{
    /// <summary>Why a database that is not a replica is not used, for messages.</summary>
    public const string NotReplica = "it is not a replica of the database";

    private const string Read =
        """
        SELECT (SELECT system_identifier FROM pg_control_system()), d.oid, pg_is_in_recovery(), pg_postmaster_start_time(),
            EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'),
            pg_snapshot_xmin(pg_current_snapshot()), pg_snapshot_xmax(pg_current_snapshot())
        FROM pg_database AS d WHERE d.datname = current_database()
        """;

    /// <param name="connection">An open connection.</param>
    /// <param name="timeoutSeconds">Maximum time in seconds.</param>
    /// <param name="cancellation">Cancels the query.</param>
    /// <exception cref="NpgsqlException">The database does not respond.</exception>
    public static async Task<DatabaseIdentity> ReadAsync(NpgsqlConnection connection, int timeoutSeconds, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Read, connection) { CommandTimeout = timeoutSeconds };
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new DatabaseIdentity(
            row.GetInt64(0),
            row.GetFieldValue<uint>(1),
            row.GetBoolean(2),
            row.GetDateTime(3),
            row.GetBoolean(4),
            row.GetFieldValue<ulong>(5),
            row.GetFieldValue<ulong>(6));
    }

    /// <summary>Whether this is the same database, on a standby or on the primary itself. Another server that is not a standby is an
    /// earlier primary, which has its own transactions.</summary>
    public bool IsReplicaOf(DatabaseIdentity primary) =>
        Cluster == primary.Cluster && Database == primary.Database && (IsStandby || StartedAt == primary.StartedAt);

    /// <summary>Whether everything that the primary showed is visible here.</summary>
    public bool Has(DatabaseIdentity primary) => OldestRunning >= primary.NextTransaction;
}

using System.Globalization;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>A partition of the history.</summary>
/// <param name="Name">Its table, quoted for SQL.</param>
/// <param name="From">Its first time, UTC; null if its bounds are not two times, as those of the default partition.</param>
/// <param name="To">The time, UTC, at which it ends; null with <paramref name="From"/>.</param>
internal sealed record HistoryPartition(string Name, DateTime? From, DateTime? To)
{
    /// <summary>Whether it has any of the times from one until before another.</summary>
    public bool Overlaps(DateTime from, DateTime to) => From < to && To > from;
}

/// <summary>The partitions of the history, as they are now.</summary>
/// <param name="Now">The time of the database.</param>
/// <param name="Role">The role of the server.</param>
/// <param name="Owner">The owner of the history.</param>
/// <param name="IsOwner">Whether the server may create and drop partitions.</param>
/// <param name="All">The partitions.</param>
internal sealed record HistoryLayout(DateTime Now, string Role, string Owner, bool IsOwner, IReadOnlyList<HistoryPartition> All);

/// <summary>Creates and drops the monthly partitions of the history (<c>docs/decisions/0012-history-partitions.md</c>). Changes of other
/// months are in the default partition. Several servers may do so at the same time.</summary>
internal static class HistoryPartitions
{
    /// <summary>The default partition.</summary>
    public const string Default = "batch_changes_default";

    /// <summary>How many months after the current one have partitions.</summary>
    private const int MonthsAhead = 3;

    /// <summary>How long a statement waits for a lock. Requests queue behind it for as long.</summary>
    private const string LockTimeout = "300ms";

    /// <summary>Maximum time in seconds to move changes from the default partition. Only the purge waits for it.</summary>
    private const int MoveTimeoutSeconds = 300;

    /// <summary>Held alone to move changes, and with others to delete those of a batch: a delete would not find a change that is moved
    /// meanwhile.</summary>
    private static readonly Sql MoveLock = Sql.Literal(0x62617463685f6d76);

    /// <summary>The bounds are text in the format of the session, so the session reads them.</summary>
    private static readonly Sql Find = Sql.Raw(
        """
        SELECT now(), current_user::text, pg_get_userbyid(t.relowner)::text,
            pg_has_role(t.relowner, 'USAGE') AND has_schema_privilege(t.relnamespace, 'CREATE'),
            p.oid::regclass::text, b.bounds[1]::timestamptz, b.bounds[2]::timestamptz
        FROM pg_class AS t
        LEFT JOIN (pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhrelid) ON i.inhparent = t.oid
        LEFT JOIN LATERAL (SELECT regexp_match(
            pg_get_expr(p.relpartbound, p.oid), $$^FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)$$) AS bounds) AS b ON TRUE
        WHERE t.oid = 'batch_changes'::regclass
        """);

    /// <summary>A statement that waits until no changes are moved, and then keeps them where they are until the transaction ends.</summary>
    public static Sql KeepInPlace => $"SELECT pg_advisory_xact_lock_shared({MoveLock})";

    public static async Task<HistoryLayout> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.Command(Find);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var layout = new HistoryLayout(DateTime.UnixEpoch, "", "", IsOwner: false, []);
        var all = new List<HistoryPartition>();
        while (await row.ReadAsync(cancellation))
        {
            layout = new HistoryLayout(row.GetDateTime(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), all);
            if (!await row.IsDBNullAsync(4, cancellation))
            {
                all.Add(await row.IsDBNullAsync(5, cancellation)
                    ? new HistoryPartition(row.GetString(4), null, null)
                    : new HistoryPartition(row.GetString(4), row.GetDateTime(5), row.GetDateTime(6)));
            }
        }
        return layout;
    }

    /// <summary>Returns the current month and the following ones, as far as they have no partition.</summary>
    /// <param name="layout">The existing partitions.</param>
    /// <param name="now">The time of the server, with which it records changes.</param>
    /// <param name="start">The time before which changes are deleted.</param>
    public static IEnumerable<DateTime> FindMissing(HistoryLayout layout, DateTime now, DateTime start) =>
        Enumerable.Range(0, MonthsAhead + 1)
            .Select(i => new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(i))
            .Where(month => month.AddMonths(1) > start
                && !layout.All.Any(partition => partition.Overlaps(month, month.AddMonths(1))));

    /// <summary>Creates the partition of a month and moves the changes of this month from the default partition into it. Does nothing if
    /// another server has created it.</summary>
    /// <exception cref="PostgresException">A lock was not available in time, among others. Nothing was done.</exception>
    public static async Task CreateAsync(NpgsqlConnection connection, DateTime month, CancellationToken cancellation)
    {
        var (from, to) = (month, month.AddMonths(1));
        var name = Sql.Raw(string.Create(CultureInfo.InvariantCulture, $"batch_changes_y{month:yyyy}m{month:MM}"));
        var move = (Sql)$"""
            WITH moved AS (DELETE FROM batch_changes_default WHERE at >= {from} AND at < {to} RETURNING *)
            INSERT INTO {name} SELECT * FROM moved
            """;
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        // The lock of the table lets one server at a time create or drop partitions. It comes first, as the statements of PostgreSQL lock.
        await ExecuteAsync(connection, cancellation, SetLockTimeout, $"LOCK TABLE ONLY batch_changes IN SHARE UPDATE EXCLUSIVE MODE");
        if ((await ReadAsync(connection, cancellation)).All.Any(partition => partition.Overlaps(from, to)))
            return;

        // Most changes are moved before requests have to wait, and the few that are recorded meanwhile while they do.
        await ExecuteAsync(
            connection,
            cancellation,
            $"SELECT pg_advisory_xact_lock({MoveLock})",
            $"CREATE TABLE {name} (LIKE batch_changes INCLUDING ALL)",
            move,
            $"LOCK TABLE batch_changes_default IN ACCESS EXCLUSIVE MODE",
            move,
            $"ALTER TABLE batch_changes ATTACH PARTITION {name} FOR VALUES FROM ({Time(from)}) TO ({Time(to)})");
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Whether a change was not recorded because the partition of its month was created meanwhile: PostgreSQL had already chosen
    /// the default partition for it. Nothing was written, and another try succeeds.</summary>
    public static bool IsPartitionConflict(PostgresException exception) =>
        exception is { SqlState: PostgresErrorCodes.CheckViolation, TableName: { } table }
        && (table == Default || Shards.IsShardOf(table, Default));

    /// <summary>Drops a partition. This also detaches it.</summary>
    /// <exception cref="PostgresException">A lock was not available in time, among others. Nothing was done.</exception>
    public static Task DropAsync(NpgsqlConnection connection, HistoryPartition partition, CancellationToken cancellation) =>
        ExecuteAsync(connection, cancellation, SetLockTimeout, $"DROP TABLE IF EXISTS {Sql.Raw(partition.Name)}");

    /// <summary>Limits the waits for locks until the end of the transaction.</summary>
    private static Sql SetLockTimeout => $"SELECT set_config('lock_timeout', {LockTimeout}, true)";

    /// <summary>A time as a constant, because statements that define tables have no parameters.</summary>
    private static Sql Time(DateTime time) => Sql.Raw(string.Create(CultureInfo.InvariantCulture, $"'{time:yyyy-MM-dd HH:mm:ss}+00'"));

    /// <summary>Executes statements in one round trip and, unless there is one, in one transaction.</summary>
    private static async Task ExecuteAsync(NpgsqlConnection connection, CancellationToken cancellation, params Sql[] statements)
    {
        await using var batch = connection.CreateBatch();
        batch.Timeout = MoveTimeoutSeconds;
        foreach (var statement in statements)
            batch.Add(statement);
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}

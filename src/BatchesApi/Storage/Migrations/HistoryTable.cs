#nullable enable

namespace BatchesApi.Storage.Migrations;

/// <summary>The SQL with which migrations create the partitioned table of changes. Like a migration it never changes.</summary>
internal static class HistoryTable
{
    /// <summary>Creates the table and its default partition, with an index for the deletion of old changes from it.</summary>
    /// <param name="name">The name of the table. The partitions are named after <c>batch_changes</c> in any case.</param>
    public static string Create(string name) =>
        $"""
        CREATE TABLE {name} (
            account_id integer NOT NULL,
            batch_id text COLLATE "C" NOT NULL,
            version integer NOT NULL,
            at timestamp with time zone NOT NULL,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            action text NOT NULL,
            actor_kind text NOT NULL,
            actor_id text NOT NULL,
            actor_name text NOT NULL,
            change_id text,
            changes jsonb,
            CONSTRAINT pk_{name} PRIMARY KEY (account_id, batch_id, version, at)
        ) PARTITION BY RANGE (at);
        CREATE TABLE batch_changes_default PARTITION OF {name} DEFAULT;
        CREATE INDEX ix_batch_changes_default_at ON batch_changes_default (at);
        """;

    /// <summary>Creates partitions for the current month, the next three, and each month with rows in another table.</summary>
    /// <param name="name">The name of the partitioned table.</param>
    /// <param name="movedFrom">The table whose rows will be moved to it; null if there is none.</param>
    public static string CreateMonths(string name, string? movedFrom = null)
    {
        var moved = movedFrom is null ? "" : $"UNION SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') FROM {movedFrom}";
        return $"""
            DO $create$
            DECLARE month timestamp;
            BEGIN
                FOR month IN
                    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + i * interval '1 month' FROM generate_series(0, 3) AS i
                    {moved}
                LOOP
                    EXECUTE format(
                        'CREATE TABLE %I PARTITION OF {name} FOR VALUES FROM (%L) TO (%L)',
                        to_char(month, '"batch_changes_y"YYYY"m"MM'),
                        month AT TIME ZONE 'UTC',
                        (month + interval '1 month') AT TIME ZONE 'UTC');
                END LOOP;
            END
            $create$;
            """;
    }
}

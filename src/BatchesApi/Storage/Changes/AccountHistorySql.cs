using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Changes;

/// <summary>Composes the statements that read the changes of an account.</summary>
internal static class AccountHistorySql
{
    /// <summary>The number of columns of <see cref="Find"/> before those of a change.</summary>
    public const int ScanColumns = 5;

    private static readonly Sql Key = Sql.Raw("h.position, h.at, h.batch_id, h.version");

    private static readonly Sql NewestFirst = Sql.Raw("h.position DESC, h.at DESC, h.batch_id DESC, h.version DESC");

    /// <summary>Returns the next changes, the newest first, without their values, and the size of the values in bytes. The first columns of
    /// each row, which may be all of it, are the number of changes that were read, and the last of these.</summary>
    /// <param name="request">The request.</param>
    /// <param name="since">The time since which the history is kept.</param>
    /// <param name="lowest">The position from which all changes are.</param>
    /// <param name="highest">The position up to which all changes are.</param>
    /// <param name="take">Maximum number of changes to return.</param>
    /// <param name="scan">Maximum number of changes to read.</param>
    public static Sql Find(AccountHistoryRequest request, DateTime since, long lowest, long highest, int take, int scan)
    {
        var from = request.From > since ? request.From.Value : since;
        var to = request.To is { } end ? (Sql)$" AND h.at < {end}" : Sql.Empty;
        var before = request.Before is { } place
            ? (Sql)$" AND ({Key}) < ({Bigint(place.Position)}, {place.At}, {place.BatchId}, {place.Version})"
            : Sql.Empty;
        var isBy = request.By is { } id
            ? (Sql)$"""
                 AND (h.actor_id = {id} OR h.actor_kind = {Actor.User} AND h.actor_name = (
                    SELECT u.email FROM users AS u WHERE u.account_id = {request.AccountId} AND u.id = {id}))
                """
            : Sql.Empty;
        var hasAction = request.Actions.Length > 0 ? (Sql)$" AND h.action = ANY ({request.Actions})" : Sql.Empty;
        return $"""
            WITH scanned AS MATERIALIZED (
                SELECT {Key}, h.action, h.actor_kind, h.actor_id, h.actor_name, h.change_id, h.seen_by,
                    coalesce(pg_column_size(h.changes), 0) AS bytes
                FROM batch_changes AS h
                WHERE h.account_id = {request.AccountId} AND h.position BETWEEN {Bigint(lowest)} AND {Bigint(highest)}
                    AND h.at >= {from}{to}{before}
                ORDER BY {NewestFirst} LIMIT {Sql.Literal(scan)})
            SELECT n.count, l.position, l.at, l.batch_id, l.version, h.position, h.at, h.batch_id, h.version, h.action, h.actor_kind,
                h.actor_id, h.actor_name, h.change_id, ARRAY[]::text[], h.seen_by, h.bytes
            FROM (SELECT count(*) FROM scanned) AS n
            CROSS JOIN (SELECT {Key} FROM scanned AS h ORDER BY {Key} LIMIT 1) AS l
            LEFT JOIN (
                SELECT h.* FROM scanned AS h WHERE TRUE{isBy}{hasAction} ORDER BY {NewestFirst} LIMIT {Sql.Literal(take)}) AS h ON TRUE
            ORDER BY {NewestFirst}
            """;
    }

    /// <summary>Returns the position and the time of the last change before a position.</summary>
    public static Sql FindLast(int accountId, long before) =>
        $"""
        SELECT h.position, h.at FROM batch_changes AS h WHERE h.account_id = {accountId} AND h.position < {Bigint(before)}
        ORDER BY {NewestFirst} LIMIT 1
        """;

    /// <summary>Returns the values of changes that have some, each with the index of its change.</summary>
    public static Sql ReadChanges(int accountId, IReadOnlyList<RecordedChange> changes)
    {
        var ids = changes.Select(change => change.BatchId).ToArray();
        var versions = changes.Select(change => change.Version).ToArray();
        var times = new SqlValue(changes.Select(change => change.At).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        return $"""
            SELECT i.place::integer - 1, h.changes::text
            FROM unnest({ids}, {versions}, {times}) WITH ORDINALITY AS i (batch_id, version, at, place) CROSS JOIN LATERAL (
                SELECT h.changes FROM batch_changes AS h
                WHERE h.account_id = (SELECT {accountId}) AND h.batch_id = i.batch_id AND h.version = i.version AND h.at = i.at
                    AND h.changes IS NOT NULL OFFSET 0) AS h
            """;
    }

    private static SqlValue Bigint(long value) => new(value, NpgsqlDbType.Bigint);
}

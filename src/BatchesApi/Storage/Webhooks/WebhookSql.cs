using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Webhooks;

/// <summary>SQL that several statements on webhooks share. They call the webhook <c>w</c> and the delivery <c>d</c>.</summary>
internal static class WebhookSql
{
    /// <summary>The status of a delivery, as part of the text: the partial indexes serve no parameter.</summary>
    public static readonly Sql Pending = Sql.Raw($"'{WebhookDelivery.Pending}'");

    /// <inheritdoc cref="Pending"/>
    public static readonly Sql Delivered = Sql.Raw($"'{WebhookDelivery.Delivered}'");

    /// <inheritdoc cref="Pending"/>
    public static readonly Sql Failed = Sql.Raw($"'{WebhookDelivery.Failed}'");

    /// <summary>Whether there are changes that have not been read. Most webhooks have none, but the planner of an <c>EXISTS</c> expects to
    /// find one quickly in any order. The <c>ORDER BY</c> makes it use the index.</summary>
    public static readonly Sql HasChanges = Sql.Raw(
        """
        (SELECT c.position FROM batch_changes AS c
        WHERE c.account_id = w.account_id AND c.position >= w.read_position AND (c.position, c.at, c.batch_id, c.version)
            > (w.read_position, w.read_at, w.read_batch_id, w.read_version)
        ORDER BY c.position, c.at, c.batch_id, c.version LIMIT 1) IS NOT NULL
        """);

    /// <summary>The status as part of the text.</summary>
    public static Sql GetStatus(string status) => status switch
    {
        WebhookDelivery.Pending => Pending,
        WebhookDelivery.Delivered => Delivered,
        WebhookDelivery.Failed => Failed,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "There is no such status."),
    };

    /// <summary>A position such that everything that was committed before the statement is before it.</summary>
    public static Sql GetEnd(int accountId) =>
        $"""
        (SELECT a.position_offset + pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM accounts AS a WHERE a.id = {accountId})
        """;

    /// <summary>The value of <see cref="Webhook.InactivePeriods"/> when the webhook becomes inactive. If all changes have been read, the
    /// period begins where the reading ended, so that it can be left without the history.</summary>
    public static Sql BeginInactivePeriod(int accountId) =>
        $"""
        w.inactive_periods || CASE WHEN w.inactive_periods = ARRAY[]::bigint[] AND NOT ({HasChanges})
            THEN w.read_position ELSE {GetEnd(accountId)} END
        """;

    /// <summary>The value of <see cref="Webhook.InactivePeriods"/> when the webhook becomes active. Transactions that are still running are
    /// not part of the period, so it is divided at each. An operator's SQL may have set the webhook inactive without a period.</summary>
    public static Sql EndInactivePeriod(int accountId)
    {
        var begin = Sql.Raw("coalesce(w.inactive_periods[cardinality(w.inactive_periods)], w.read_position)");
        return $"""
            w.inactive_periods || CASE WHEN cardinality(w.inactive_periods) % 2 = 0 THEN ARRAY[{begin}] ELSE ARRAY[]::bigint[] END || ARRAY(
                SELECT v.position FROM accounts AS a CROSS JOIN pg_snapshot_xip(pg_current_snapshot()) AS t (running)
                CROSS JOIN LATERAL (SELECT a.position_offset + t.running::text::bigint AS position) AS r
                CROSS JOIN LATERAL (VALUES (r.position), (r.position + 1)) AS v (position)
                WHERE a.id = {accountId} AND r.position >= {begin}
                ORDER BY v.position) || {GetEnd(accountId)}
            """;
    }

    /// <summary>Locks a webhook against other changes of its pending events. To be a statement before that of the change, which then sees
    /// everything that was committed before the lock.</summary>
    /// <returns>A row, if there is such a webhook.</returns>
    public static Sql Lock(int accountId, string id) =>
        $"SELECT 1 FROM webhooks AS w WHERE w.account_id = {accountId} AND w.id = {id} FOR NO KEY UPDATE OF w";

    /// <summary>Makes the first pending event of a batch due, unless it has a time, and lets the others wait for it. The first one is found
    /// once, whatever the planner expects: a join could look for it again for each pending event.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="webhookId">The webhook.</param>
    /// <param name="batchId">The batch, as a value or a query in parentheses.</param>
    public static Sql ScheduleFirst(int accountId, string webhookId, Sql batchId)
    {
        Sql first =
            $"""
            (SELECT min(p.sequence) FROM webhook_deliveries AS p
            WHERE p.account_id = {accountId} AND p.webhook_id = {webhookId} AND p.status = {Pending} AND p.batch_id = {batchId})
            """;
        return $"""
            UPDATE webhook_deliveries AS d
            SET next_attempt_at = CASE WHEN d.sequence = {first} THEN coalesce(d.next_attempt_at, clock_timestamp()) END
            WHERE d.account_id = {accountId} AND d.webhook_id = {webhookId} AND d.status = {Pending} AND d.batch_id = {batchId}
                AND (d.sequence = {first}) = (d.next_attempt_at IS NULL)
            """;
    }

    public static SqlValue Bigint(long value) => new(value, NpgsqlDbType.Bigint);

    public static SqlValue Uuid(Guid value) => new(value, NpgsqlDbType.Uuid);
}

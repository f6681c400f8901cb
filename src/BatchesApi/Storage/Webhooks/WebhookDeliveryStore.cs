using BatchesApi.Domain;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Webhooks;

/// <summary>A page of the deliveries of a webhook, the newest first.</summary>
/// <param name="Deliveries">The deliveries.</param>
/// <param name="HasMore">Whether there are older ones.</param>
internal sealed record WebhookDeliveryPage(IReadOnlyList<WebhookDelivery> Deliveries, bool HasMore);

/// <summary>Reads the deliveries of webhooks, and repeats them by request.</summary>
internal sealed class WebhookDeliveryStore(DatabaseConnections connections)
{
    private static readonly Sql Columns = Sql.Raw(
        "d.id, d.sequence, d.type, d.batch_id, d.version, d.status, d.attempts::text, d.next_attempt_at");

    /// <param name="accountId">The account.</param>
    /// <param name="webhookId">The webhook.</param>
    /// <param name="status">The status of the deliveries, or null for all.</param>
    /// <param name="before">The sequence before which they are.</param>
    /// <param name="limit">Maximum number of deliveries.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The page, or null if there is no such webhook.</returns>
    public async Task<WebhookDeliveryPage?> ListAsync(
        int accountId, string webhookId, string? status, long before, int limit, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        await using var batch = lease.Connection.CreateBatch();
        batch.Add(FindWebhook(accountId, webhookId));
        batch.Add(
            $"""
            SELECT {Columns} FROM webhook_deliveries AS d
            WHERE d.account_id = {accountId} AND d.webhook_id = {webhookId} AND d.sequence < {new SqlValue(before, NpgsqlDbType.Bigint)}
                AND {(status is null ? Sql.True : (Sql)$"d.status = {WebhookSql.GetStatus(status)}")}
            ORDER BY d.sequence DESC LIMIT {Sql.Literal(limit + 1)}
            """);
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation))
            return null;
        await row.NextResultAsync(cancellation);
        var deliveries = new List<WebhookDelivery>();
        while (await row.ReadAsync(cancellation))
            deliveries.Add(Read(row));
        var hasMore = deliveries.Count > limit;
        return new WebhookDeliveryPage(hasMore ? deliveries[..limit] : deliveries, hasMore);
    }

    /// <summary>Makes a delivery pending, whatever its status, with as many attempts as a new one: due now, or after the earlier events of
    /// its batch.</summary>
    /// <returns>Whether there is such a webhook, and the delivery, or null if there is no such delivery.</returns>
    public async Task<(bool HasWebhook, WebhookDelivery? Delivery)> RetryAsync(
        int accountId, string webhookId, string id, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        var replication = new ReplicationWatch(lease.Connection);
        await using var batch = lease.Connection.CreateBatch();
        batch.Add(WebhookSql.Lock(accountId, webhookId));
        batch.Add(
            $"""
            UPDATE webhook_deliveries AS d SET status = {WebhookSql.Pending}, failures = 0, next_attempt_at = now()
            WHERE d.account_id = {accountId} AND d.webhook_id = {webhookId} AND d.id = {id}
                AND EXISTS (SELECT FROM webhooks AS w WHERE w.account_id = {accountId} AND w.id = {webhookId})
            """);
        Sql batchId =
            $"""
            (SELECT r.batch_id FROM webhook_deliveries AS r
            WHERE r.account_id = {accountId} AND r.webhook_id = {webhookId} AND r.id = {id})
            """;
        batch.Add(WebhookSql.ScheduleFirst(accountId, webhookId, batchId));
        batch.Add(
            $"""
            SELECT {Columns} FROM webhook_deliveries AS d
            WHERE d.account_id = {accountId} AND d.webhook_id = {webhookId} AND d.id = {id}
            """);
        var hasWebhook = false;
        WebhookDelivery? delivery = null;
        await using (var row = await batch.ExecuteReaderAsync(cancellation))
        {
            hasWebhook = await row.ReadAsync(cancellation);
            await row.NextResultAsync(cancellation);
            if (hasWebhook && await row.ReadAsync(cancellation))
                delivery = Read(row);
        }
        replication.ThrowIfUnconfirmed();
        return (hasWebhook, delivery);
    }

    /// <summary>Records a test, which is sent outside the queue.</summary>
    /// <returns>Whether the webhook still exists.</returns>
    public async Task<bool> AddTestAsync(WebhookDelivery delivery, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(delivery.AccountId, cancellation);
        await using var command = lease.Connection.Command(
            $"""
            INSERT INTO webhook_deliveries (
                account_id, webhook_id, id, type, batch_id, version, changed, changed_at, status, attempts, failures, created_at)
            SELECT w.account_id, w.id, {delivery.Id}, {delivery.Type}, {delivery.BatchId}, {delivery.Version}, {delivery.Changed},
                {delivery.ChangedAt}, {delivery.Status}, {delivery.Attempts}::jsonb, {delivery.Failures}, {delivery.CreatedAt}
            FROM webhooks AS w WHERE w.account_id = {delivery.AccountId} AND w.id = {delivery.WebhookId} FOR KEY SHARE
            """);
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    private static Sql FindWebhook(int accountId, string id) =>
        $"SELECT 1 FROM webhooks AS w WHERE w.account_id = {accountId} AND w.id = {id}";

    private static WebhookDelivery Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Sequence = row.GetInt64(1),
        Type = row.GetString(2),
        BatchId = row.GetString(3),
        Version = row.GetInt32(4),
        Status = row.GetString(5),
        Attempts = row.GetString(6),
        NextAttemptAt = row.IsDBNull(7) ? null : row.GetDateTime(7),
    };
}

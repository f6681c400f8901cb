using BatchesApi.Domain;
using BatchesApi.Storage.Changes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Webhooks;

internal readonly record struct WebhookKey(int AccountId, string Id);

/// <summary>A webhook whose lease a server holds.</summary>
/// <param name="Key">The webhook.</param>
/// <param name="IsActive">Whether events are sent.</param>
/// <param name="HasWork">Whether there may be changes to read or events to send.</param>
/// <param name="Position">The position from which changes are read.</param>
internal readonly record struct LeasedWebhook(WebhookKey Key, bool IsActive, bool HasWork, long Position);

/// <summary>What is needed to send the events of a webhook.</summary>
/// <param name="Webhook">The webhook, with its previous secret if that is still valid.</param>
/// <param name="Position">The position after which changes are read.</param>
/// <param name="PendingCount">The number of pending events.</param>
/// <param name="Due">Events to send now, at most one of a batch.</param>
internal sealed record WebhookWork(Webhook Webhook, ChangePosition Position, int PendingCount, IReadOnlyList<WebhookDelivery> Due);

/// <summary>Shares webhooks among servers by leases, and keeps their pending events. The clock of the database decides about leases and
/// due times, so the clocks of servers may differ.</summary>
/// <param name="source">Connections of the background services, for what concerns all accounts.</param>
/// <param name="connections">Connections that count for an account.</param>
internal sealed class WebhookQueue(NpgsqlDataSource source, DatabaseConnections connections) : IDisposable
{
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(30);

    /// <summary>Maximum number of attempts that a delivery keeps. Retries by request could add more without end.</summary>
    private const int MaxKeptAttempts = 100;

    /// <summary>Maximum number of webhooks acquired together, so that several servers that start share the webhooks.</summary>
    private const int MaxAcquired = 50;

    /// <summary>Maximum number of due events read together.</summary>
    private const int MaxDue = 64;

    /// <summary>Maximum number of connections that the workers of all webhooks use, so that requests find some.</summary>
    private const int MaxConnections = 8;

    private static readonly SqlValue Duration = new(LeaseDuration, NpgsqlDbType.Interval);

    private readonly SemaphoreSlim _turns = new(MaxConnections);

    /// <summary>Leases active webhooks that no server has leased.</summary>
    /// <param name="sender">This server.</param>
    /// <param name="excluded">Webhooks that other servers should lease.</param>
    /// <param name="cancellation">Cancels the search.</param>
    public async Task<IReadOnlyList<WebhookKey>> AcquireAsync(
        Guid sender, IReadOnlyCollection<WebhookKey> excluded, CancellationToken cancellation)
    {
        var free = (await ReadKeysAsync(
            $"""
            SELECT w.account_id, w.id FROM webhooks AS w
            WHERE w.is_active AND (w.sender_until IS NULL OR w.sender_until <= clock_timestamp())
            ORDER BY w.account_id, w.id LIMIT {Sql.Literal(MaxAcquired + excluded.Count)}
            """,
            cancellation)).Except(excluded).Take(MaxAcquired).ToList();
        return free.Count == 0 ? [] : await ReadKeysAsync(
            $"""
            UPDATE webhooks AS w SET sender = {Uuid(sender)}, sender_until = clock_timestamp() + {Duration}
            FROM {Unnest(free)} WHERE w.account_id = f.account_id AND w.id = f.id
                AND w.is_active AND (w.sender_until IS NULL OR w.sender_until <= clock_timestamp())
            RETURNING w.account_id, w.id
            """,
            cancellation);
    }

    /// <summary>Extends the leases of a server.</summary>
    /// <returns>The webhooks that it still has.</returns>
    public Task<IReadOnlyList<WebhookKey>> RenewAsync(Guid sender, CancellationToken cancellation) => ReadKeysAsync(
        $"""
        UPDATE webhooks AS w SET sender_until = clock_timestamp() + {Duration}
        WHERE w.sender = {Uuid(sender)} RETURNING w.account_id, w.id
        """,
        cancellation);

    /// <summary>Ends leases of a server, so that other servers can have them immediately.</summary>
    public Task ReleaseAsync(Guid sender, IReadOnlyCollection<WebhookKey> webhooks, CancellationToken cancellation) => ReadKeysAsync(
        $"""
        UPDATE webhooks AS w SET sender = NULL, sender_until = NULL
        FROM {Unnest(webhooks)} WHERE w.account_id = f.account_id AND w.id = f.id AND w.sender = {Uuid(sender)}
        RETURNING w.account_id, w.id
        """,
        cancellation);

    /// <summary>Finds the webhooks that a server has leased, and which of them have work.</summary>
    public async Task<IReadOnlyList<LeasedWebhook>> FindLeasedAsync(Guid sender, CancellationToken cancellation)
    {
        await using var command = source.Command(
            $"""
            SELECT w.account_id, w.id, w.is_active, w.is_active AND (
                EXISTS (SELECT FROM webhook_deliveries AS d
                    WHERE d.account_id = w.account_id AND d.webhook_id = w.id AND d.status = 'pending' AND d.next_attempt_at <= now())
                OR EXISTS (SELECT FROM batch_changes AS c
                    WHERE c.account_id = w.account_id AND (c.position, c.at, c.batch_id, c.version)
                        > (w.read_position, w.read_at, w.read_batch_id, w.read_version))), w.read_position
            FROM webhooks AS w WHERE w.sender = {Uuid(sender)}
            """);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var leased = new List<LeasedWebhook>();
        while (await row.ReadAsync(cancellation))
        {
            var key = new WebhookKey(row.GetInt32(0), row.GetString(1));
            leased.Add(new LeasedWebhook(key, row.GetBoolean(2), row.GetBoolean(3), row.GetInt64(4)));
        }
        return leased;
    }

    /// <summary>Reads what a worker needs.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="busy">The batches whose events are being sent.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The work, or null if the webhook is not active or the lease was lost.</returns>
    public Task<WebhookWork?> ReadAsync(
        WebhookKey key, Guid sender, IReadOnlyCollection<string> busy, CancellationToken cancellation) => RunAsync(
        key.AccountId,
        async connection =>
        {
            await using var batch = connection.CreateBatch();
            batch.Add(
                $"""
                SELECT w.url, w.events, w.filter, w.secret,
                    CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END,
                    w.read_position, w.read_at, w.read_batch_id, w.read_version,
                    (SELECT count(*)::int FROM webhook_deliveries AS d
                        WHERE d.account_id = w.account_id AND d.webhook_id = w.id AND d.status = 'pending')
                FROM webhooks AS w
                WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {Uuid(sender)} AND w.is_active
                """);

            // The first pending event of each batch.
            batch.Add(
                $"""
                SELECT h.id, h.type, h.batch_id, h.version, h.changed, h.changed_at, h.failures FROM (
                    SELECT DISTINCT ON (d.batch_id) d.* FROM webhook_deliveries AS d
                    WHERE d.account_id = {key.AccountId} AND d.webhook_id = {key.Id} AND d.status = 'pending'
                    ORDER BY d.batch_id, d.sequence) AS h
                WHERE h.next_attempt_at <= now() AND NOT h.batch_id = ANY ({busy.ToArray()})
                ORDER BY h.sequence LIMIT {Sql.Literal(MaxDue)}
                """);
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            if (!await row.ReadAsync(cancellation))
                return null;
            var webhook = new Webhook
            {
                AccountId = key.AccountId,
                Id = key.Id,
                Url = row.GetString(0),
                Events = row.GetFieldValue<string[]>(1),
                Filter = row.IsDBNull(2) ? null : row.GetString(2),
                Secret = row.GetString(3),
                PreviousSecret = row.IsDBNull(4) ? null : row.GetString(4),
            };
            var position = new ChangePosition(row.GetInt64(5), row.GetDateTime(6), row.GetString(7), row.GetInt32(8));
            var pending = row.GetInt32(9);
            await row.NextResultAsync(cancellation);
            var due = new List<WebhookDelivery>();
            while (await row.ReadAsync(cancellation))
            {
                due.Add(new WebhookDelivery
                {
                    Id = row.GetString(0),
                    Type = row.GetString(1),
                    BatchId = row.GetString(2),
                    Version = row.GetInt32(3),
                    Changed = row.GetFieldValue<string[]>(4),
                    ChangedAt = row.GetDateTime(5),
                    Failures = row.GetInt32(6),
                });
            }
            return new WebhookWork(webhook, position, pending, due);
        },
        cancellation);

    /// <summary>Adds events, and moves the position after which changes are read, both or none.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="from">The position that was read.</param>
    /// <param name="next">The position after the read changes.</param>
    /// <param name="events">The events.</param>
    /// <param name="cancellation">Cancels the addition.</param>
    /// <returns>Whether it was done. It is not if the lease was lost, or the webhook was changed meanwhile.</returns>
    public Task<bool> AddAsync(
        WebhookKey key,
        Guid sender,
        ChangePosition from,
        ChangePosition next,
        IReadOnlyCollection<WebhookDelivery> events,
        CancellationToken cancellation)
    {
        string[] ids = [.. events.Select(e => e.Id)];
        string[] types = [.. events.Select(e => e.Type)];
        string[] batches = [.. events.Select(e => e.BatchId)];
        int[] versions = [.. events.Select(e => e.Version)];
        var times = new SqlValue(events.Select(e => e.ChangedAt).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

        // PostgreSQL has no arrays of arrays of different lengths.
        string[] changed = [.. events.Select(e => string.Join(',', e.Changed))];
        return RunAsync(
            key.AccountId,
            async connection =>
            {
                await using var command = connection.Command(
                    $"""
                    WITH moved AS (
                        UPDATE webhooks AS w SET read_position = {Bigint(next.Position)}, read_at = {next.At},
                            read_batch_id = {next.BatchId}, read_version = {next.Version}
                        WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {Uuid(sender)} AND w.is_active
                            AND (w.read_position, w.read_at, w.read_batch_id, w.read_version)
                                = ({Bigint(from.Position)}, {from.At}, {from.BatchId}, {from.Version})
                        RETURNING w.account_id, w.id
                    ), added AS (
                        INSERT INTO webhook_deliveries (
                            account_id, webhook_id, id, type, batch_id, version, changed, changed_at,
                            status, attempts, failures, next_attempt_at, created_at)
                        SELECT m.account_id, m.id, e.id, e.type, e.batch_id, e.version, string_to_array(e.changed, ','), e.changed_at,
                            'pending', '[]', 0, now(), now()
                        FROM moved AS m, unnest({ids}, {types}, {batches}, {versions}, {changed}, {times}) WITH ORDINALITY
                            AS e (id, type, batch_id, version, changed, changed_at, number)
                        ORDER BY e.number
                    )
                    SELECT 1 FROM moved
                    """);
                return await command.ExecuteScalarAsync(cancellation) is not null;
            },
            cancellation);
    }

    /// <summary>Records a successful attempt.</summary>
    /// <returns>Whether it was recorded. It is not if the lease was lost.</returns>
    public Task<bool> RecordDeliveredAsync(
        WebhookKey key, Guid sender, string id, string attempt, CancellationToken cancellation) => ExecuteAsync(
        key,
        $"""
        UPDATE webhook_deliveries AS d SET status = 'delivered', next_attempt_at = NULL, attempts = {AddAttempt(attempt)}
        FROM {Held(key, sender)} AS w WHERE d.account_id = {key.AccountId} AND {IsPending(key, id)}
        """,
        cancellation);

    /// <summary>Records a failed attempt after which another follows.</summary>
    /// <inheritdoc cref="RecordDeliveredAsync" path="/returns"/>
    public Task<bool> RecordFailedAsync(
        WebhookKey key, Guid sender, string id, string attempt, TimeSpan delay, CancellationToken cancellation) => ExecuteAsync(
        key,
        $"""
        UPDATE webhook_deliveries AS d SET failures = d.failures + 1, attempts = {AddAttempt(attempt)},
            next_attempt_at = clock_timestamp() + {new SqlValue(delay, NpgsqlDbType.Interval)}
        FROM {Held(key, sender)} AS w WHERE d.account_id = {key.AccountId} AND {IsPending(key, id)}
        """,
        cancellation);

    /// <summary>Records the last failed attempt.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="id">The event.</param>
    /// <param name="attempt">The attempt as JSON.</param>
    /// <param name="reason">Why the webhook is disabled, or null to leave it active.</param>
    /// <param name="cancellation">Cancels the recording.</param>
    /// <inheritdoc cref="RecordDeliveredAsync" path="/returns"/>
    public Task<bool> RecordLastFailureAsync(
        WebhookKey key, Guid sender, string id, string attempt, string? reason, CancellationToken cancellation)
    {
        Sql fail =
            $"""
            UPDATE webhook_deliveries AS d
            SET status = 'failed', failures = d.failures + 1, next_attempt_at = NULL, attempts = {AddAttempt(attempt)}
            FROM {Held(key, sender)} AS w WHERE d.account_id = {key.AccountId} AND {IsPending(key, id)}
            """;
        return ExecuteAsync(
            key,
            reason is null
                ? fail
                : $"""
                WITH failed AS ({fail} RETURNING d.account_id, d.webhook_id)
                UPDATE webhooks AS w SET is_active = false, disabled_reason = {reason}, updated_at = GREATEST(w.updated_at, now())
                FROM failed AS f WHERE w.account_id = f.account_id AND w.id = f.webhook_id
                """,
            cancellation);
    }

    /// <summary>Disables a webhook whose events cannot be sent.</summary>
    public Task<bool> DisableAsync(WebhookKey key, Guid sender, string reason, CancellationToken cancellation) => ExecuteAsync(
        key,
        $"""
        UPDATE webhooks AS w SET is_active = false, disabled_reason = {reason}, updated_at = GREATEST(w.updated_at, now())
        WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {Uuid(sender)}
        """,
        cancellation);

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    /// <summary>The webhook, if the lease is still that of the server. The lock keeps it so until the statement has ended.</summary>
    private static Sql Held(WebhookKey key, Guid sender) =>
        $"""
        (SELECT FROM webhooks AS w
        WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {Uuid(sender)} FOR SHARE)
        """;

    private static Sql IsPending(WebhookKey key, string id) =>
        $"d.webhook_id = {key.Id} AND d.id = {id} AND d.status = 'pending'";

    private static Sql AddAttempt(string attempt) =>
        $"""
        (SELECT jsonb_agg(a.value ORDER BY a.number)
        FROM jsonb_array_elements(d.attempts || {attempt}::jsonb) WITH ORDINALITY AS a (value, number)
        WHERE a.number > jsonb_array_length(d.attempts) + 1 - {Sql.Literal(MaxKeptAttempts)})
        """;

    private static Sql Unnest(IEnumerable<WebhookKey> webhooks)
    {
        var keys = webhooks.Order(Comparer<WebhookKey>.Create((x, y) => x.AccountId != y.AccountId
            ? x.AccountId.CompareTo(y.AccountId) : string.CompareOrdinal(x.Id, y.Id))).ToList();
        return $"unnest({keys.Select(key => key.AccountId).ToArray()}, {keys.Select(key => key.Id).ToArray()}) AS f (account_id, id)";
    }

    private static SqlValue Uuid(Guid value) => new(value, NpgsqlDbType.Uuid);

    private static SqlValue Bigint(long value) => new(value, NpgsqlDbType.Bigint);

    private Task<bool> ExecuteAsync(WebhookKey key, Sql statement, CancellationToken cancellation) => RunAsync(
        key.AccountId,
        async connection =>
        {
            await using var command = connection.Command(statement);
            return await command.ExecuteNonQueryAsync(cancellation) > 0;
        },
        cancellation);

    private async Task<T> RunAsync<T>(int accountId, Func<NpgsqlConnection, Task<T>> run, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            await using var lease = await connections.OpenAsync(accountId, cancellation);
            return await run(lease.Connection);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task<IReadOnlyList<WebhookKey>> ReadKeysAsync(Sql statement, CancellationToken cancellation)
    {
        await using var command = source.Command(statement);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var keys = new List<WebhookKey>();
        while (await row.ReadAsync(cancellation))
            keys.Add(new WebhookKey(row.GetInt32(0), row.GetString(1)));
        return keys;
    }
}

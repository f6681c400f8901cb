using BatchesApi.Domain;
using BatchesApi.Storage.Changes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Webhooks;

internal readonly record struct WebhookKey(int AccountId, string Id);

/// <summary>A webhook whose lease a server holds.</summary>
/// <param name="Key">The webhook.</param>
/// <param name="IsActive">Whether events are sent.</param>
/// <param name="HasDue">Whether an event is due.</param>
/// <param name="HasChanges">Whether there are changes to read, or inactive periods to leave.</param>
/// <param name="IsStale">Whether it is long ago that all changes were known to be read.</param>
/// <param name="Position">The position from which changes are read.</param>
internal readonly record struct LeasedWebhook(
    WebhookKey Key, bool IsActive, bool HasDue, bool HasChanges, bool IsStale, long Position);

/// <summary>What is needed to send the events of a webhook.</summary>
/// <param name="Webhook">The webhook, without its secrets.</param>
/// <param name="Position">The position after which changes are read.</param>
/// <param name="Pending">The number of pending events.</param>
/// <param name="New">The number of those that can be sent now, for the first time.</param>
/// <param name="Due">Events to send now, at most one of a batch.</param>
internal sealed record WebhookWork(Webhook Webhook, ChangePosition Position, int Pending, int New, IReadOnlyList<WebhookDelivery> Due);

/// <summary>How far changes have been read for a webhook.</summary>
/// <param name="Next">The position after the read changes.</param>
/// <param name="ReadUntil">All changes before this time have been read; null for now.</param>
/// <param name="EndsPeriod">Whether the next changes are those after the first inactive period.</param>
internal readonly record struct WebhookProgress(ChangePosition Next, DateTime? ReadUntil, bool EndsPeriod);

/// <summary>Shares webhooks among servers by leases, and keeps their pending events. The clock of the database decides about leases and
/// due times, so the clocks of servers may differ.</summary>
/// <param name="source">Connections of the background services, for what concerns all accounts.</param>
/// <param name="connections">Connections that count for an account.</param>
internal sealed class WebhookQueue(
    [FromKeyedServices(StorageServices.Background)] NpgsqlDataSource source, DatabaseConnections connections)
    : IDisposable
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

    /// <summary>Interval at which it is recorded that all changes have been read.</summary>
    private static readonly SqlValue MarkInterval = new(TimeSpan.FromMinutes(15), NpgsqlDbType.Interval);

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
            UPDATE webhooks AS w SET sender = {WebhookSql.Uuid(sender)}, sender_until = clock_timestamp() + {Duration}
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
        WHERE w.sender = {WebhookSql.Uuid(sender)} RETURNING w.account_id, w.id
        """,
        cancellation);

    /// <summary>Ends leases of a server, so that other servers can have them immediately.</summary>
    public Task ReleaseAsync(Guid sender, IReadOnlyCollection<WebhookKey> webhooks, CancellationToken cancellation) => ReadKeysAsync(
        $"""
        UPDATE webhooks AS w SET sender = NULL, sender_until = NULL
        FROM {Unnest(webhooks)} WHERE w.account_id = f.account_id AND w.id = f.id AND w.sender = {WebhookSql.Uuid(sender)}
        RETURNING w.account_id, w.id
        """,
        cancellation);

    /// <summary>Finds the webhooks that a server has leased, and which of them have work.</summary>
    public async Task<IReadOnlyList<LeasedWebhook>> FindLeasedAsync(Guid sender, CancellationToken cancellation)
    {
        await using var command = source.Command(
            $"""
            SELECT w.account_id, w.id, w.is_active,
                w.is_active AND coalesce((
                    SELECT d.next_attempt_at FROM webhook_deliveries AS d
                    WHERE d.account_id = w.account_id AND d.webhook_id = w.id AND d.status = {WebhookSql.Pending}
                        AND d.next_attempt_at IS NOT NULL
                    ORDER BY d.next_attempt_at LIMIT 1) <= now(), FALSE),
                w.is_active AND (w.inactive_periods <> ARRAY[]::bigint[] OR {WebhookSql.HasChanges}),
                w.read_until < now() - {MarkInterval}, w.read_position
            FROM webhooks AS w WHERE w.sender = {WebhookSql.Uuid(sender)}
            """);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var leased = new List<LeasedWebhook>();
        while (await row.ReadAsync(cancellation))
        {
            leased.Add(new LeasedWebhook(
                new WebhookKey(row.GetInt32(0), row.GetString(1)),
                row.GetBoolean(2),
                row.GetBoolean(3),
                row.GetBoolean(4),
                row.GetBoolean(5),
                row.GetInt64(6)));
        }
        return leased;
    }

    /// <summary>Records that active webhooks had no changes to read, so that their position does not count as older than the
    /// history.</summary>
    public Task MarkReadAsync(Guid sender, IReadOnlyCollection<WebhookKey> webhooks, CancellationToken cancellation) => ReadKeysAsync(
        $"""
        UPDATE webhooks AS w SET read_until = now()
        FROM {Unnest(webhooks)}
        WHERE w.account_id = f.account_id AND w.id = f.id AND w.sender = {WebhookSql.Uuid(sender)} AND w.is_active
        RETURNING w.account_id, w.id
        """,
        cancellation);

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
                SELECT w.events, w.filter, w.read_position, w.read_at, w.read_batch_id, w.read_version, w.read_until, w.inactive_periods
                FROM webhooks AS w
                WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {WebhookSql.Uuid(sender)} AND w.is_active
                """);

            batch.Add(
                $"""
                SELECT count(*)::int, count(*) FILTER (WHERE d.failures = 0 AND d.next_attempt_at IS NOT NULL)::int
                FROM webhook_deliveries AS d
                WHERE d.account_id = {key.AccountId} AND d.webhook_id = {key.Id} AND d.status = {WebhookSql.Pending}
                """);
            batch.Add(
                $"""
                SELECT d.id, d.type, d.batch_id, d.version, d.changed, d.changed_at FROM webhook_deliveries AS d
                WHERE d.account_id = {key.AccountId} AND d.webhook_id = {key.Id} AND d.status = {WebhookSql.Pending}
                    AND d.next_attempt_at <= now() AND NOT d.batch_id = ANY ({busy.ToArray()})
                ORDER BY d.next_attempt_at, d.sequence LIMIT {Sql.Literal(MaxDue)}
                """);
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            if (!await row.ReadAsync(cancellation))
                return null;
            var webhook = new Webhook
            {
                AccountId = key.AccountId,
                Id = key.Id,
                Events = row.GetFieldValue<string[]>(0),
                Filter = row.IsDBNull(1) ? null : row.GetString(1),
                ReadUntil = row.GetDateTime(6),
                InactivePeriods = row.GetFieldValue<long[]>(7),
            };
            var position = new ChangePosition(row.GetInt64(2), row.GetDateTime(3), row.GetString(4), row.GetInt32(5));
            await row.NextResultAsync(cancellation);
            await row.ReadAsync(cancellation);
            var (pending, fresh) = (row.GetInt32(0), row.GetInt32(1));
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
                });
            }
            return new WebhookWork(webhook, position, pending, fresh, due);
        },
        cancellation);

    /// <summary>Reads the webhook for an attempt, and the number of failures of the event.</summary>
    /// <returns>The webhook, or null if the event is not due, the webhook is not active, or the lease was lost.</returns>
    public Task<(Webhook Webhook, int Failures)?> ReadForAttemptAsync(
        WebhookKey key, Guid sender, string id, CancellationToken cancellation) => RunAsync<(Webhook, int)?>(
        key.AccountId,
        async connection =>
        {
            await using var command = connection.Command(
                $"""
                SELECT w.url, w.secret, CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END, d.failures
                FROM webhooks AS w JOIN webhook_deliveries AS d ON d.account_id = w.account_id AND d.webhook_id = w.id
                WHERE w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {WebhookSql.Uuid(sender)} AND w.is_active
                    AND d.id = {id} AND d.status = {WebhookSql.Pending} AND d.next_attempt_at <= now()
                """);
            await using var row = await command.ExecuteReaderAsync(cancellation);
            if (!await row.ReadAsync(cancellation))
                return null;
            var webhook = new Webhook
            {
                AccountId = key.AccountId,
                Id = key.Id,
                Url = row.GetString(0),
                Secret = row.GetString(1),
                PreviousSecret = row.IsDBNull(2) ? null : row.GetString(2),
            };
            return (webhook, row.GetInt32(3));
        },
        cancellation);

    /// <summary>Adds events, and moves the position after which changes are read, both or none.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="from">The position that was read.</param>
    /// <param name="progress">How far changes have been read now.</param>
    /// <param name="events">The events.</param>
    /// <param name="cancellation">Cancels the addition.</param>
    /// <returns>Whether it was done. It is not if the lease was lost, or the webhook was changed meanwhile.</returns>
    public Task<bool> AddAsync(
        WebhookKey key,
        Guid sender,
        ChangePosition from,
        WebhookProgress progress,
        IReadOnlyCollection<WebhookDelivery> events,
        CancellationToken cancellation)
    {
        var next = progress.Next;
        var readUntil = new SqlValue(progress.ReadUntil, NpgsqlDbType.TimestampTz);
        string[] ids = [.. events.Select(e => e.Id)];
        string[] types = [.. events.Select(e => e.Type)];
        string[] batches = [.. events.Select(e => e.BatchId)];
        int[] versions = [.. events.Select(e => e.Version)];
        var times = new SqlValue(events.Select(e => e.ChangedAt).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var isFirst = new SqlValue(batches.Select(seen.Add).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Boolean);

        // PostgreSQL has no arrays of arrays of different lengths.
        string[] changed = [.. events.Select(e => string.Join(',', e.Changed))];
        return RunLockedAsync(
            key,
            cancellation,
            $"""
            WITH waiting AS MATERIALIZED (
                SELECT d.batch_id FROM webhook_deliveries AS d
                WHERE d.account_id = {key.AccountId} AND d.webhook_id = {key.Id} AND d.status = {WebhookSql.Pending}
                    AND d.batch_id = ANY ({batches})
            ), moved AS (
                UPDATE webhooks AS w SET read_position = {WebhookSql.Bigint(next.Position)}, read_at = {next.At},
                    read_batch_id = {next.BatchId}, read_version = {next.Version}, read_until = coalesce({readUntil}, now()),
                    inactive_periods = {(progress.EndsPeriod ? Sql.Raw("w.inactive_periods[3:]") : Sql.Raw("w.inactive_periods"))}
                WHERE {IsLeased(key, sender)} AND w.is_active
                    AND (w.read_position, w.read_at, w.read_batch_id, w.read_version)
                        = ({WebhookSql.Bigint(from.Position)}, {from.At}, {from.BatchId}, {from.Version})
                RETURNING w.account_id, w.id
            ), added AS (
                INSERT INTO webhook_deliveries (
                    account_id, webhook_id, id, type, batch_id, version, changed, changed_at,
                    status, attempts, failures, next_attempt_at, created_at)
                SELECT m.account_id, m.id, e.id, e.type, e.batch_id, e.version, string_to_array(e.changed, ','), e.changed_at,
                    {WebhookSql.Pending}, '[]', 0,
                    CASE WHEN e.is_first AND e.batch_id NOT IN (SELECT w.batch_id FROM waiting AS w) THEN now() END, now()
                FROM moved AS m, unnest({ids}, {types}, {batches}, {versions}, {changed}, {times}, {isFirst}) WITH ORDINALITY
                    AS e (id, type, batch_id, version, changed, changed_at, is_first, number)
                ORDER BY e.number
            )
            SELECT 1 FROM moved
            """);
    }

    /// <summary>Records a successful attempt.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="delivery">The event.</param>
    /// <param name="attempt">The attempt as JSON.</param>
    /// <param name="cancellation">Cancels the recording.</param>
    /// <returns>Whether it was recorded. It is not if the lease was lost.</returns>
    public Task<bool> RecordDeliveredAsync(
        WebhookKey key, Guid sender, WebhookDelivery delivery, string attempt, CancellationToken cancellation) => RunLockedAsync(
        key,
        cancellation,
        $"""
        UPDATE webhook_deliveries AS d SET status = {WebhookSql.Delivered}, next_attempt_at = NULL, attempts = {AddAttempt(attempt)}
        FROM {LeasedRow(key, sender)} AS w WHERE {IsPending(key, delivery.Id)} RETURNING 1
        """,
        Schedule(key, delivery));

    /// <summary>Records a failed attempt after which another follows.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="delivery">The event, with the failures before the attempt.</param>
    /// <param name="attempt">The attempt as JSON.</param>
    /// <param name="delay">The time until the next attempt.</param>
    /// <param name="firstDelay">The same, if the event was sent again by request during the attempt.</param>
    /// <param name="cancellation">Cancels the recording.</param>
    /// <inheritdoc cref="RecordDeliveredAsync" path="/returns"/>
    public Task<bool> RecordFailedAsync(
        WebhookKey key,
        Guid sender,
        WebhookDelivery delivery,
        string attempt,
        TimeSpan delay,
        TimeSpan firstDelay,
        CancellationToken cancellation) => RunLockedAsync(
        key,
        cancellation,
        $"""
        UPDATE webhook_deliveries AS d SET failures = d.failures + 1, attempts = {AddAttempt(attempt)},
            next_attempt_at = clock_timestamp() + CASE WHEN d.failures = {delivery.Failures} THEN {Interval(delay)}
                ELSE {Interval(firstDelay)} END
        FROM {LeasedRow(key, sender)} AS w WHERE {IsPending(key, delivery.Id)} RETURNING 1
        """,
        Schedule(key, delivery));

    /// <summary>Records the last failed attempt, unless the event was sent again by request during it.</summary>
    /// <param name="key">The webhook.</param>
    /// <param name="sender">This server.</param>
    /// <param name="delivery">The event, with the failures before the attempt.</param>
    /// <param name="attempt">The attempt as JSON.</param>
    /// <param name="reason">Why the webhook is disabled, or null to leave it active.</param>
    /// <param name="cancellation">Cancels the recording.</param>
    /// <returns>Whether it was recorded.</returns>
    public Task<bool> RecordLastFailureAsync(
        WebhookKey key, Guid sender, WebhookDelivery delivery, string attempt, string? reason, CancellationToken cancellation)
    {
        Sql fail =
            $"""
            UPDATE webhook_deliveries AS d
            SET status = {WebhookSql.Failed}, failures = d.failures + 1, next_attempt_at = NULL, attempts = {AddAttempt(attempt)}
            FROM {LeasedRow(key, sender)} AS w WHERE {IsPending(key, delivery.Id)} AND d.failures = {delivery.Failures}
            RETURNING d.account_id, d.webhook_id
            """;
        return RunLockedAsync(
            key,
            cancellation,
            reason is null
                ? fail
                : $"""
                WITH failed AS ({fail}), disabled AS (
                    UPDATE webhooks AS w SET {SetInactive(reason)}, inactive_periods = {WebhookSql.BeginInactivePeriod(key.AccountId)}
                    FROM failed AS f WHERE w.account_id = f.account_id AND w.id = f.webhook_id AND w.is_active)
                SELECT 1 FROM failed
                """,
            Schedule(key, delivery));
    }

    /// <summary>Disables a webhook whose events cannot be sent.</summary>
    public Task<bool> DisableAsync(WebhookKey key, Guid sender, string reason, CancellationToken cancellation) => RunLockedAsync(
        key,
        cancellation,
        $"""
        UPDATE webhooks AS w SET {SetInactive(reason)}, inactive_periods = {WebhookSql.BeginInactivePeriod(key.AccountId)}
        WHERE {IsLeased(key, sender)} AND w.is_active RETURNING 1
        """);

    /// <summary>Disables a webhook whose changes can no longer be read. It continues with those after it is activated.</summary>
    public Task<bool> DisableExpiredAsync(WebhookKey key, Guid sender, string reason, CancellationToken cancellation)
    {
        var (position, start) = (WebhookSql.GetEnd(key.AccountId), ChangePosition.Before(0));
        return RunLockedAsync(
            key,
            cancellation,
            $"""
            UPDATE webhooks AS w SET {SetInactive(reason)}, inactive_periods = ARRAY[{position}], read_position = {position},
                read_at = {start.At}, read_batch_id = {start.BatchId}, read_version = {start.Version}, read_until = now()
            WHERE {IsLeased(key, sender)} AND w.is_active RETURNING 1
            """);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private static Sql IsLeased(WebhookKey key, Guid sender) =>
        $"w.account_id = {key.AccountId} AND w.id = {key.Id} AND w.sender = {WebhookSql.Uuid(sender)}";

    /// <summary>The webhook, if the lease is still that of the server.</summary>
    private static Sql LeasedRow(WebhookKey key, Guid sender) => $"(SELECT FROM webhooks AS w WHERE {IsLeased(key, sender)})";

    private static Sql IsPending(WebhookKey key, string id) =>
        $"d.account_id = {key.AccountId} AND d.webhook_id = {key.Id} AND d.id = {id} AND d.status = {WebhookSql.Pending}";

    private static Sql Schedule(WebhookKey key, WebhookDelivery delivery) =>
        WebhookSql.ScheduleFirst(key.AccountId, key.Id, $"{delivery.BatchId}");

    private static Sql SetInactive(string reason) =>
        $"is_active = false, disabled_reason = {reason}, updated_at = GREATEST(w.updated_at, now())";

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

    private static SqlValue Interval(TimeSpan value) => new(value, NpgsqlDbType.Interval);

    /// <summary>Locks a webhook, and runs statements in the same transaction.</summary>
    /// <returns>Whether the first of them returned a row.</returns>
    private Task<bool> RunLockedAsync(WebhookKey key, CancellationToken cancellation, params Sql[] statements) => RunAsync(
        key.AccountId,
        async connection =>
        {
            await using var batch = connection.CreateBatch();
            batch.Add(WebhookSql.Lock(key.AccountId, key.Id));
            foreach (var statement in statements)
                batch.Add(statement);
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            await row.NextResultAsync(cancellation);
            var isDone = await row.ReadAsync(cancellation);

            // The errors of the other statements.
            while (await row.NextResultAsync(cancellation))
            {
            }
            return isDone;
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

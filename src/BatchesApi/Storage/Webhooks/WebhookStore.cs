using BatchesApi.Domain;
using BatchesApi.Storage.Changes;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Storage.Webhooks;

/// <summary>The members of a webhook to change; null for those that stay.</summary>
/// <param name="Url">The URL.</param>
/// <param name="Events">The types of the events.</param>
/// <param name="HasFilter">Whether to change the condition.</param>
/// <param name="Filter">The condition as JSON, or null for none.</param>
/// <param name="IsActive">Whether events are sent.</param>
internal sealed record WebhookPatch(string? Url, string[]? Events, bool HasFilter, string? Filter, bool? IsActive);

/// <summary>Creates, reads, changes and deletes webhooks (specification, section 9.4).</summary>
internal sealed class WebhookStore(DatabaseConnections connections, TimeProvider clock)
{
    public const int MaxPerAccount = 100;

    /// <summary>How long the secret before a rotation signs requests, too.</summary>
    public static readonly TimeSpan RotationOverlap = TimeSpan.FromHours(24);

    private static readonly Sql Columns = Sql.Raw(
        """
        w.account_id, w.id, w.url, w.events, w.filter, w.is_active, w.disabled_reason, w.secret,
            CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END, w.created_at, w.updated_at
        """);

    /// <summary>Creates a webhook, unless the account has the maximum.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="position">The position after which changes are sent.</param>
    /// <param name="cancellation">Cancels the creation.</param>
    public async Task<bool> CreateAsync(Webhook webhook, ChangePosition position, CancellationToken cancellation)
    {
        var (accountId, createdAt) = (webhook.AccountId, new SqlValue(webhook.CreatedAt, NpgsqlDbType.TimestampTz));
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        var replication = new ReplicationWatch(lease.Connection);
        await using var batch = lease.Connection.CreateBatch();
        var read = WebhookSql.Bigint(position.Position);

        // Without the lock, two requests could create the last one. The next statement sees what was committed before the lock.
        batch.Add($"SELECT FROM accounts AS a WHERE a.id = {accountId} FOR NO KEY UPDATE");
        batch.Add(
            $"""
            INSERT INTO webhooks (
                account_id, id, url, events, filter, is_active, secret, created_at, updated_at,
                read_position, read_at, read_batch_id, read_version, read_until, inactive_periods)
            SELECT {accountId}, {webhook.Id}, {webhook.Url}, {webhook.Events}, {webhook.Filter}, {Boolean(webhook.IsActive)},
                {webhook.Secret}, {createdAt}, {createdAt}, {read}, {position.At}, {position.BatchId}, {position.Version}, now(),
                CASE WHEN {Boolean(webhook.IsActive)} THEN ARRAY[]::bigint[] ELSE ARRAY[{read}] END
            WHERE (SELECT count(*) FROM webhooks AS w WHERE w.account_id = {accountId}) < {MaxPerAccount}
            """);
        var isCreated = await batch.ExecuteNonQueryAsync(cancellation) > 0;
        replication.ThrowIfUnconfirmed();
        return isCreated;
    }

    /// <summary>The webhooks of an account, the oldest first.</summary>
    public Task<IReadOnlyList<Webhook>> ListAsync(int accountId, CancellationToken cancellation) => ReadAsync(
        accountId, $"SELECT {Columns} FROM webhooks AS w WHERE w.account_id = {accountId} ORDER BY w.created_at, w.id", cancellation);

    public async Task<Webhook?> FindAsync(int accountId, string id, CancellationToken cancellation)
    {
        Sql find = $"SELECT {Columns} FROM webhooks AS w WHERE w.account_id = {accountId} AND w.id = {id}";
        return (await ReadAsync(accountId, find, cancellation)).SingleOrDefault();
    }

    /// <summary>Changes a webhook. One that becomes active continues with the changes of before it became inactive that were not read, and
    /// then with those from now on.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="id">The id.</param>
    /// <param name="patch">The members to change.</param>
    /// <param name="cancellation">Cancels the change.</param>
    /// <returns>The webhook, or null if the id is unknown.</returns>
    public async Task<Webhook?> UpdateAsync(int accountId, string id, WebhookPatch patch, CancellationToken cancellation)
    {
        var isActive = Boolean(patch.IsActive);
        var events = new SqlValue(patch.Events, NpgsqlDbType.Array | NpgsqlDbType.Text);
        return (await ReadAsync(
            accountId,
            $"""
            UPDATE webhooks AS w SET
                url = coalesce({patch.Url}, w.url),
                events = coalesce({events}, w.events),
                filter = CASE WHEN {Boolean(patch.HasFilter)} THEN {patch.Filter} ELSE w.filter END,
                is_active = coalesce({isActive}, w.is_active),
                disabled_reason = CASE WHEN {isActive} THEN NULL ELSE w.disabled_reason END,
                read_until = CASE
                    WHEN {isActive} AND NOT w.is_active AND w.inactive_periods <@ ARRAY[w.read_position] THEN now()
                    ELSE w.read_until END,
                inactive_periods = CASE
                    WHEN {isActive} AND NOT w.is_active THEN {WebhookSql.EndInactivePeriod(accountId)}
                    WHEN NOT {isActive} AND w.is_active THEN {WebhookSql.BeginInactivePeriod(accountId)}
                    ELSE w.inactive_periods END,
                updated_at = GREATEST(w.updated_at, {clock.GetUtcNowMicroseconds()})
            WHERE w.account_id = {accountId} AND w.id = {id} RETURNING {Columns}
            """,
            cancellation)).SingleOrDefault();
    }

    /// <summary>Replaces the secret. The one before stays valid for <see cref="RotationOverlap"/>.</summary>
    /// <returns>The webhook, or null if the id is unknown.</returns>
    public async Task<Webhook?> RotateAsync(int accountId, string id, string secret, CancellationToken cancellation) => (await ReadAsync(
        accountId,
        $"""
        UPDATE webhooks AS w SET secret = {secret}, previous_secret = w.secret,
            previous_secret_until = now() + {new SqlValue(RotationOverlap, NpgsqlDbType.Interval)},
            updated_at = GREATEST(w.updated_at, {clock.GetUtcNowMicroseconds()})
        WHERE w.account_id = {accountId} AND w.id = {id} RETURNING {Columns}
        """,
        cancellation)).SingleOrDefault();

    /// <summary>Deletes a webhook. Its deliveries can no longer be read, and are deleted when they are old.</summary>
    public async Task<bool> DeleteAsync(int accountId, string id, CancellationToken cancellation)
    {
        Sql delete = $"DELETE FROM webhooks AS w WHERE w.account_id = {accountId} AND w.id = {id} RETURNING {Columns}";
        return (await ReadAsync(accountId, delete, cancellation)).Count > 0;
    }

    private async Task<IReadOnlyList<Webhook>> ReadAsync(int accountId, Sql statement, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        var replication = new ReplicationWatch(lease.Connection);
        await using var command = lease.Connection.Command(statement);
        var webhooks = new List<Webhook>();
        await using (var row = await command.ExecuteReaderAsync(cancellation))
        {
            while (await row.ReadAsync(cancellation))
                webhooks.Add(Read(row));
        }
        replication.ThrowIfUnconfirmed();
        return webhooks;
    }

    private static Webhook Read(NpgsqlDataReader row) => new()
    {
        AccountId = row.GetInt32(0),
        Id = row.GetString(1),
        Url = row.GetString(2),
        Events = row.GetFieldValue<string[]>(3),
        Filter = row.IsDBNull(4) ? null : row.GetString(4),
        IsActive = row.GetBoolean(5),
        DisabledReason = row.IsDBNull(6) ? null : row.GetString(6),
        Secret = row.GetString(7),
        PreviousSecret = row.IsDBNull(8) ? null : row.GetString(8),
        CreatedAt = row.GetDateTime(9),
        UpdatedAt = row.GetDateTime(10),
    };

    private static SqlValue Boolean(bool? value) => new(value, NpgsqlDbType.Boolean);
}

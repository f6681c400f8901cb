using BatchesApi.Domain;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Storage.Changes;

internal readonly record struct ChangePosition(long Position, DateTime At, string BatchId, int Version);

internal sealed record RecordedChange(string BatchId, int Version, string Action, DateTime At, IReadOnlyList<string> Changed);

internal sealed record WebhookChanges(IReadOnlyList<RecordedChange> Changes, ChangePosition Next, bool HasMore);

internal sealed class ChangeReader(DatabaseConnections connections)
{
    public async Task<WebhookChanges> ReadForWebhookAsync(
        int accountId, ChangePosition after, Condition where, int limit, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        await using var command = lease.Connection.Command(
            $"""
            SELECT c.position, c.at, c.batch_id, c.version, c.action, ARRAY(SELECT jsonb_object_keys(c.changes))
            FROM batch_changes AS c WHERE c.account_id = {accountId}
                AND (c.position, c.at, c.batch_id, c.version) > ({new SqlValue(after.Position, NpgsqlTypes.NpgsqlDbType.Bigint)}, {after.At}, {after.BatchId}, {after.Version})
                AND c.position < (SELECT a.position_offset FROM accounts AS a WHERE a.id = {accountId}) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ORDER BY c.position, c.at, c.batch_id, c.version LIMIT {Sql.Literal(limit + 1)}
            """);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        var changes = new List<RecordedChange>();
        var count = 0;
        while (await row.ReadAsync(cancellation))
        {
            if (++count > limit)
                return new WebhookChanges(changes, after, HasMore: true);
            after = new ChangePosition(row.GetInt64(0), row.GetDateTime(1), row.GetString(2), row.GetInt32(3));
            changes.Add(new RecordedChange(after.BatchId, after.Version, row.GetString(4), after.At, row.GetFieldValue<string[]>(5)));
        }
        return new WebhookChanges(changes, after, HasMore: false);
    }

    public async Task<ChangePosition> FindNowAsync(int accountId, CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        await using var command = lease.Connection.Command(
            $"SELECT (SELECT a.position_offset FROM accounts AS a WHERE a.id = {accountId}) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
        return new ChangePosition((long)(await command.ExecuteScalarAsync(cancellation))!, DateTime.UnixEpoch, "", 0);
    }
}

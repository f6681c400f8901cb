using BatchesApi.Domain;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>Composes the statements that remove batches with everything that belongs to them.</summary>
internal static class RemovalSql
{
    private static readonly Sql Gone = Sql.Raw("gone");

    /// <summary>Locks a batch. The statement that follows sees everything that earlier writers recorded of it.</summary>
    public static Sql Lock(int accountId, string id) =>
        $"SELECT 1 FROM batches AS b WHERE b.account_id = {accountId} AND b.id = {id} FOR UPDATE";

    /// <summary>Removes a batch. Returns the columns of <see cref="BatchSql.Change"/>, with the batch as it was.</summary>
    /// <param name="target">The batch.</param>
    /// <param name="actor">Who removes it.</param>
    /// <param name="now">The current time.</param>
    /// <param name="visible">The query for the batches that the caller may remove.</param>
    /// <param name="seenBy">See <see cref="SeenBy"/>.</param>
    public static Sql Remove(BatchTarget target, Actor actor, DateTime now, Sql visible, Sql seenBy)
    {
        var id = new SqlValue(target.Id, NpgsqlDbType.Text);
        var hasVersion = target.Versions is { } versions ? $" AND f.version = ANY ({versions})" : Sql.Empty;
        var lease = new LeaseCheckSql(target);
        return $"""
            WITH found AS (SELECT b.version FROM ({visible}) AS b WHERE b.id = {id}),
            {lease.With}gone AS (
                DELETE FROM batches AS b USING found AS f
                WHERE b.account_id = {target.AccountId} AND b.id = {id}{hasVersion} AND {lease.Lasts} RETURNING b.*),
            {RemoveParts(target.AccountId, actor, now, seenBy)}
            SELECT f.version, {ChangeSql.ReturnedColumns}, TRUE, {ChangeSql.TransactionId}, {lease.Lasts}
            FROM found AS f LEFT JOIN gone AS c ON TRUE
            """;
    }

    /// <summary>The digests of the policies that permitted the batch <c>g</c>.</summary>
    /// <param name="seenBy">The digests by batch.</param>
    public static Sql SeenBy(ILookup<string, string> seenBy)
    {
        if (seenBy.Count == 0)
            return Sql.Raw("NULL::text[]");
        string[] ids = [.. seenBy.Select(batch => batch.Key)];

        // PostgreSQL has no arrays of arrays of different lengths.
        string[] digests = [.. seenBy.Select(batch => string.Join(',', batch))];
        return $"(SELECT string_to_array(s.digests, ',') FROM unnest({ids}, {digests}) AS s (id, digests) WHERE s.id = g.id)";
    }

    /// <summary>The CTEs that delete what belongs to the batches in the CTE <c>gone</c>, and record that they are gone.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="actor">Who removes them.</param>
    /// <param name="now">The current time.</param>
    /// <param name="seenBy">See <see cref="SeenBy"/>.</param>
    public static Sql RemoveParts(int accountId, Actor actor, DateTime now, Sql seenBy) =>
        $"""
        unsearched AS ({BatchSearchSql.Delete(accountId, Gone)}),
        released AS (
            DELETE FROM batch_leases AS l USING gone AS g WHERE l.account_id = {accountId} AND l.batch_id = g.id),
        forgotten AS (
            DELETE FROM batch_changes AS h USING gone AS g WHERE h.account_id = {accountId} AND h.batch_id = g.id),
        purged AS (
            INSERT INTO batch_changes (
                account_id, batch_id, version, at, position, action, actor_kind, actor_id, actor_name, seen_by)
            SELECT g.account_id, g.id, g.version + 1, GREATEST(g.updated_at, {now}), GREATEST(g.position, {ChangeSql.Position(accountId)}),
                {BatchChange.Purge}, {actor.Kind}, {actor.Id}, {actor.Name}, {seenBy}
            FROM gone AS g)
        """;
}

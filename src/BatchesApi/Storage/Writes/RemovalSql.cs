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
    /// <param name="visible">The query for the batches that the caller may remove.</param>
    public static Sql Remove(BatchTarget target, Sql visible)
    {
        var id = new SqlValue(target.Id, NpgsqlDbType.Text);
        var hasVersion = target.Versions is { } versions ? $" AND f.version = ANY ({versions})" : Sql.Empty;
        var lease = new LeaseCheckSql(target);
        return $"""
            WITH found AS (SELECT b.version FROM ({visible}) AS b WHERE b.id = {id}),
            {lease.With}gone AS (
                DELETE FROM batches AS b USING found AS f
                WHERE b.account_id = {target.AccountId} AND b.id = {id}{hasVersion} AND {lease.Lasts} RETURNING b.*),
            {RemoveParts(target.AccountId)}
            SELECT f.version, {ChangeSql.ReturnedColumns}, TRUE, {ChangeSql.TransactionId}, {lease.Lasts}
            FROM found AS f LEFT JOIN gone AS c ON TRUE
            """;
    }

    /// <summary>The CTEs that delete what belongs to the batches in the CTE <c>gone</c>.</summary>
    public static Sql RemoveParts(int accountId) =>
        $"""
        unsearched AS ({BatchSearchSql.Delete(accountId, Gone)}),
        released AS (
            DELETE FROM batch_leases AS l USING gone AS g WHERE l.account_id = {accountId} AND l.batch_id = g.id),
        forgotten AS (
            DELETE FROM batch_changes AS h USING gone AS g WHERE h.account_id = {accountId} AND h.batch_id = g.id)
        """;
}

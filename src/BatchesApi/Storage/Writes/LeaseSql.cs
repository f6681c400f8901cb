using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;
using NpgsqlTypes;

namespace BatchesApi.Storage.Writes;

/// <summary>A claim of batches.</summary>
/// <param name="List">The batches to choose from, their order, and the maximum number to claim.</param>
/// <param name="Policy">The policy of the caller's key, which the batches must meet before and after the claim.</param>
/// <param name="Duration">The duration of the leases.</param>
/// <param name="Set">The change of the claimed batches, or null.</param>
internal sealed record ClaimPlan(ListPlan List, Lists.Filters.Condition Policy, TimeSpan Duration, BatchUpdate? Set);

/// <summary>Composes the statements on leases. All compare them with the clock of the database, because the clocks of servers differ.
/// Writers that depend on a lease lock the batch first and then the lease (<c>docs/decisions/0015-leases.md</c>).</summary>
internal static class LeaseSql
{
    /// <summary>Claims batches. Returns a row for each chosen batch in their order: its columns after the claim, the end of its lease,
    /// whether the policy permits it, and the id of the transaction. Columns are null if another claim was faster.</summary>
    /// <param name="plan">The claim.</param>
    /// <param name="hashes">The hashes of the tokens, as many as batches to claim.</param>
    /// <param name="actor">Who claims them.</param>
    /// <param name="now">The current time, for the change.</param>
    /// <param name="visible">The query for the batches to choose from.</param>
    /// <param name="permitted">A query over the CTE <c>candidates</c> for the batches that the policy permits; null if it permits
    /// all.</param>
    /// <remarks>The snapshot of the statement does not have a lease that was committed after its start. The insert finds it all the same,
    /// and does not replace it.</remarks>
    public static Sql Claim(ClaimPlan plan, byte[][] hashes, Actor actor, DateTime now, Sql visible, Sql? permitted)
    {
        var accountId = plan.List.AccountId;
        var tokens = new SqlValue(hashes, NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        return $"""
            WITH found AS (SELECT r.*, row_number() OVER () AS place FROM ({Choose(plan.List, hashes.Length, visible)}) AS r),
            leased AS (
                INSERT INTO batch_leases AS l (account_id, batch_id, token_hash, until)
                SELECT {accountId}, f.id, ({tokens})[f.place::int], {GetEnd(plan.Duration)} FROM found AS f
                ON CONFLICT (account_id, batch_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, until = EXCLUDED.until
                WHERE l.until <= statement_timestamp() RETURNING l.batch_id, l.until),
            {(plan.Set is { } set ? Change(accountId, set, actor, now) : Unchanged)}
            SELECT {ChangeSql.ReturnedColumns}, t.until, {ChangeSql.IsPermitted(permitted)}, {ChangeSql.TransactionId}
            FROM found AS f LEFT JOIN (leased AS t JOIN candidates AS c ON c.id = t.batch_id) ON t.batch_id = f.id ORDER BY f.place
            """;
    }

    /// <summary>Sets the end of a lease. Returns no row if there is no such batch; its new end, or null if the lease is lost; and the id of
    /// the transaction.</summary>
    /// <param name="target">The batch and the lease.</param>
    /// <param name="duration">The duration from now.</param>
    /// <param name="visible">The query for the batches that the caller may change.</param>
    public static Sql Extend(BatchTarget target, TimeSpan duration, Sql visible) =>
        $"""
        WITH found AS (SELECT b.id FROM ({visible}) AS b WHERE b.id = {target.Id}),
        changed AS (
            UPDATE batch_leases AS l SET until = {GetEnd(duration)} FROM found AS f
            WHERE l.account_id = {target.AccountId} AND {IsHeld(target)} RETURNING l.until)
        SELECT t.until, {ChangeSql.TransactionId} FROM found AS f LEFT JOIN changed AS t ON TRUE
        """;

    /// <summary>Deletes a lease. Returns the columns of <see cref="Extend"/>, with the end that it had.</summary>
    /// <inheritdoc cref="Extend" path="/param"/>
    public static Sql Release(BatchTarget target, Sql visible) =>
        $"""
        WITH found AS (SELECT b.id FROM ({visible}) AS b WHERE b.id = {target.Id}),
        changed AS (
            DELETE FROM batch_leases AS l USING found AS f
            WHERE l.account_id = {target.AccountId} AND {IsHeld(target)} RETURNING l.until)
        SELECT t.until, {ChangeSql.TransactionId} FROM found AS f LEFT JOIN changed AS t ON TRUE
        """;

    /// <summary>The batches that are not leased are the candidates as they are.</summary>
    private static readonly Sql Unchanged =
        Sql.Raw("candidates AS (SELECT f.* FROM found AS f JOIN leased AS t ON t.batch_id = f.id)");

    /// <summary>Locks the first batches that have no lease, in order. Batches that other writers have locked are skipped.</summary>
    private static Sql Choose(ListPlan list, int limit, Sql visible)
    {
        var order = new OrderSql(list);
        var take = Sql.Literal(limit);

        // The volatile clock keeps PostgreSQL from joining the leases before it has ordered and limited the batches.
        var partitions = order.Partitions().Select(partition => (Sql)$"""
            SELECT p.* FROM (
                SELECT b.* FROM ({visible}) AS b WHERE {partition} AND NOT EXISTS (
                    SELECT FROM batch_leases AS l
                    WHERE l.account_id = {list.AccountId} AND l.batch_id = b.id AND l.until > clock_timestamp())
                ORDER BY {order.PartitionOrderBy} LIMIT {take} FOR UPDATE SKIP LOCKED) AS p
            """);
        return $"{Sql.Join(" UNION ALL ", partitions)} LIMIT {take}";
    }

    private static Sql Change(int accountId, BatchUpdate set, Actor actor, DateTime now)
    {
        var fields = ChangeSql.GetRecordedFields(set).ToList();
        var record = ChangeSql.Record(
            $"{set.Action}", ChangeSql.UpdatedAt, actor, changeId: null, ChangeSql.GetChanges(fields, ChangeSql.OldColumns));
        return $"""
            candidates AS (
                UPDATE batches AS b SET {new Assignments(accountId, set, now, "b").IfChanged}
                FROM found AS f JOIN leased AS t ON t.batch_id = f.id
                WHERE b.account_id = {accountId} AND b.id = f.id
                RETURNING {ChangeSql.ReturnSet([BatchFields.Version, .. fields, .. BatchSearchSql.GetComparedFields(set.Fields)])}),
            {BatchSearchSql.UpdateSet(accountId, set.Fields)}recorded AS (
                {record} FROM candidates AS c WHERE c.version <> c.old_version)
            """;
    }

    private static Sql GetEnd(TimeSpan duration) =>
        $"statement_timestamp() + {new SqlValue(duration, NpgsqlDbType.Interval)}";

    private static Sql IsHeld(BatchTarget target) =>
        $"l.batch_id = f.id AND l.token_hash = {target.LeaseHash!} AND l.until > statement_timestamp()";
}

/// <summary>The parts of a statement that writes a batch only while the lease of the target lasts.</summary>
internal sealed class LeaseCheckSql
{
    /// <param name="target">The batch and the lease.</param>
    public LeaseCheckSql(BatchTarget target)
    {
        if (target.LeaseHash is not { } hash)
            return;

        // It reads from found, so the batch is locked before the lease is read. FOR SHARE reads the lease as it is by then: a claim that
        // held the lock may have replaced it.
        With = $"""
            lease AS (
                SELECT l.until > clock_timestamp() AS lasts FROM found AS f, batch_leases AS l
                WHERE l.account_id = {target.AccountId} AND l.batch_id = {target.Id} AND l.token_hash = {hash} FOR SHARE OF l),

            """;
        Lasts = Sql.Raw("EXISTS (SELECT FROM lease AS t WHERE t.lasts)");
    }

    /// <summary>The CTE that finds the lease by the CTE <c>found</c> with the locked batch. Empty if no lease is required.</summary>
    public Sql With { get; } = Sql.Empty;

    /// <summary>Whether the lease lasts.</summary>
    public Sql Lasts { get; } = Sql.True;
}

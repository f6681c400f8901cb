using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Claims batches, and extends and ends leases (specification, section 8.5).</summary>
internal sealed class LeaseWriter(
    BatchFilterSqlCache filters,
    DatabaseOptions options,
    ListOptions lists,
    ScanLimiter scans,
    WriteRunner runner,
    TimeProvider clock)
{
    /// <summary>Claims the first batches of a list that have no lease, and changes them.</summary>
    /// <param name="plan">The claim.</param>
    /// <param name="actor">Who claims them.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="cancellation">Cancels the claim.</param>
    /// <exception cref="ListTimeoutException">The batches were not found in time.</exception>
    public Task<WriteResult> ClaimAsync(ClaimPlan plan, Actor actor, IdempotencyClaim? claim, CancellationToken cancellation)
    {
        var accountId = plan.List.AccountId;
        var visible = filters.Get(accountId, deleted: false, plan.List.Where);

        // Without a change, the batches meet the policy as before.
        var permitted = plan.Set is null ? null : filters.GetPermitted(plan.Policy);
        return plan.List.MayScan ? scans.RunAsync(plan.List, $"claim {plan.List.Extent}", RunAsync, cancellation) : RunAsync();

        Task<WriteResult> RunAsync() => runner.RunAsync(
            accountId,
            inTransaction: true,
            claim,
            (connection, token) => lists.RunInTimeAsync(
                limited => ClaimAsync(connection, plan, actor, visible, permitted, limited), token),
            cancellation);
    }

    /// <summary>Lets a lease end at another time.</summary>
    /// <param name="target">The batch and the lease.</param>
    /// <param name="duration">The duration from now.</param>
    /// <param name="cancellation">Cancels the extension.</param>
    public Task<WriteResult> ExtendAsync(BatchTarget target, TimeSpan duration, CancellationToken cancellation) =>
        RunAsync(target, LeaseSql.Extend(target, duration, GetVisible(target)), cancellation);

    /// <summary>Ends a lease.</summary>
    public Task<WriteResult> ReleaseAsync(BatchTarget target, CancellationToken cancellation) =>
        RunAsync(target, LeaseSql.Release(target, GetVisible(target)), cancellation);

    private Sql GetVisible(BatchTarget target) => filters.Get(target.AccountId, deleted: false, target.Policy);

    private Task<WriteResult> RunAsync(BatchTarget target, Sql statement, CancellationToken cancellation) => runner.RunAsync(
        target.AccountId,
        inTransaction: false,
        claim: null,
        async (connection, token) =>
        {
            await using var command = connection.Command(statement);
            await using var row = await command.ExecuteReaderAsync(token);
            if (!await row.ReadAsync(token))
                return new WriteResult(WriteOutcome.NotFound);
            return await row.IsDBNullAsync(0, token)
                ? new WriteResult(WriteOutcome.LeaseLost)
                : new WriteResult(WriteOutcome.Done)
                {
                    LeaseUntil = row.GetDateTime(0),
                    TransactionId = await row.GetFieldValueAsync<ulong?>(1, token),
                };
        },
        cancellation);

    private async Task<WriteResult> ClaimAsync(
        NpgsqlConnection connection, ClaimPlan plan, Actor actor, Sql visible, Sql? permitted, CancellationToken cancellation)
    {
        var claimed = new List<ClaimedBatch>();
        var bytes = 0L;
        ulong? transactionId = null;

        // A claim that loses batches to a faster one tries again: the next statement finds the leases of the other.
        for (var isOutrun = true; isOutrun;)
        {
            isOutrun = false;
            var tokens = Enumerable.Range(0, plan.List.Limit - claimed.Count).Select(_ => LeaseToken.Create()).ToArray();
            var statement = LeaseSql.Claim(
                plan, Array.ConvertAll(tokens, LeaseToken.Hash), actor, clock.GetUtcNowMicroseconds(), visible, permitted);
            await using var batch = CreateBatch(connection, statement);
            await using var row = await batch.ExecuteReaderAsync(cancellation);
            await row.NextResultAsync(cancellation);
            for (var i = 0; await row.ReadAsync(cancellation); i++)
            {
                if (await row.IsDBNullAsync(0, cancellation))
                {
                    isOutrun = true;
                    continue;
                }
                var one = BatchRowReader.Read(row, BatchFields.All);
                claimed.Add(new ClaimedBatch(one, tokens[i], row.GetDateTime(BatchFields.All.Count)));
                bytes += BatchJson.GetLength(one);
                if (bytes > lists.MaxPageBytes)
                    return new WriteResult(WriteOutcome.ResponseTooLarge);
                if (!row.GetBoolean(BatchFields.All.Count + 1))
                    return new WriteResult(WriteOutcome.OutsidePolicy);
                if (plan.Set?.FindTooLongLists(one) is { Count: > 0 } tooLong)
                    return new WriteResult(WriteOutcome.ListTooLong) { TooLongLists = tooLong };
                transactionId ??= await row.GetFieldValueAsync<ulong?>(BatchFields.All.Count + 2, cancellation);
            }
        }
        return new WriteResult(WriteOutcome.Done) { Claimed = claimed, TransactionId = transactionId };
    }

    /// <summary>The statement, planned for its values. It has its own time limit.</summary>
    private NpgsqlBatch CreateBatch(NpgsqlConnection connection, Sql statement)
    {
        var batch = connection.CreateBatch();
        batch.Timeout = 0;
        batch.BatchCommands.Add(new NpgsqlBatchCommand(options.ListPrologue(isPlannedOnce: false)!));
        batch.Add(statement);
        return batch;
    }
}

using BatchesApi.Domain;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Replicas;
using Npgsql;

namespace BatchesApi.Storage.Writes;

/// <summary>Runs writes: each in its transaction, once for each idempotency key, and recorded for the replicas.</summary>
internal sealed class WriteRunner(
    DatabaseConnections connections, IdempotencyStore idempotency, ReplicaSet replicas, ChangeMonitor changes, TimeProvider clock)
{
    /// <summary>Maximum number of times that a write is run, if others take its codes between its statements, and free them again before
    /// the next try. A try takes milliseconds.</summary>
    public const int MaxCodeTries = 30;

    /// <summary>Maximum number of times that a write is run, if PostgreSQL ends it because of others.</summary>
    private const int MaxTries = 3;

    /// <param name="accountId">The account.</param>
    /// <param name="inTransaction">Whether the write needs a transaction, because it consists of several statements or may be rolled
    /// back.</param>
    /// <param name="claim">The idempotency key, or null.</param>
    /// <param name="write">The write. It may be run several times. Unless its result is <see cref="WriteOutcome.Done"/>, it is rolled
    /// back.</param>
    /// <param name="cancellation">Cancels the write.</param>
    public async Task<WriteResult> RunAsync(
        int accountId,
        bool inTransaction,
        IdempotencyClaim? claim,
        Func<NpgsqlConnection, CancellationToken, Task<WriteResult>> write,
        CancellationToken cancellation)
    {
        using var phase = RequestPhase.Start(RequestPhase.Write);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await RunOnceAsync(accountId, inTransaction, claim, write, cancellation);
            }
            catch (PostgresException exception) when (tries < MaxTries && IsConflict(exception))
            {
                // Nothing was written, and another try succeeds.
            }
        }
    }

    private static bool IsConflict(PostgresException exception) =>
        exception.SqlState == PostgresErrorCodes.DeadlockDetected || HistoryPartitions.IsPartitionConflict(exception);

    private async Task<WriteResult> RunOnceAsync(
        int accountId,
        bool inTransaction,
        IdempotencyClaim? claim,
        Func<NpgsqlConnection, CancellationToken, Task<WriteResult>> write,
        CancellationToken cancellation)
    {
        var start = clock.GetTimestamp();
        using var turn = claim is null ? null : await idempotency.WaitForTurnAsync(claim, cancellation);
        if (claim is not null && turn is null)
            return new WriteResult(WriteOutcome.KeyInFlight);
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        var connection = lease.Connection;
        var replication = new ReplicationWatch(connection);

        // A key and its write are committed together.
        await using var transaction = inTransaction || claim is not null ? await connection.BeginTransactionAsync(cancellation) : null;
        if (claim is not null
            && await idempotency.ClaimAsync(
                connection, claim, IdempotencyClaim.MaxWait - clock.GetElapsedTime(start), cancellation) is { } claimed)
        {
            // The first response may have been that the write is not confirmed. A commit waits until the standby has everything that was
            // committed before.
            if (claimed.Outcome == WriteOutcome.Replayed)
            {
                var transactionId = await IdempotencyStore.LockAsync(connection, claim, cancellation);
                await transaction!.CommitAsync(cancellation);
                await replicas.RecordWriteAsync(accountId, transactionId);
                replication.ThrowIfUnconfirmed();
            }
            return claimed;
        }
        var isKnown = false;
        try
        {
            var result = await write(connection, cancellation);
            if (result.Outcome != WriteOutcome.Done || result.Bulk is { IsDryRun: true })
            {
                isKnown = true;
                return result;
            }
            if (claim is not null)
            {
                result = result with { StoredResponse = claim.CreateResponse(result) };
                await IdempotencyStore.SaveResponseAsync(connection, claim, result.StoredResponse, cancellation);
            }
            if (transaction is not null)
                await transaction.CommitAsync(cancellation);

            // An unconfirmed write is committed, too.
            await replicas.RecordWriteAsync(accountId, result.TransactionId);
            changes.Announce();
            isKnown = true;
            replication.ThrowIfUnconfirmed();
            return result;
        }
        catch (PostgresException exception) when (exception.IsUniqueViolation("batches"))
        {
            isKnown = true;
            return new WriteResult(WriteOutcome.CodeTaken);
        }
        finally
        {
            if (!isKnown)
                replicas.RecordUnknownWrite(accountId);
        }
    }
}

using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Lists;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>Runs the reads of accounts: on a replica that has the account's last write, or else on the primary.</summary>
internal sealed partial class AccountReads(DatabaseConnections primary, ReplicaSet replicas, ILogger<AccountReads> log)
{
    /// <summary>Runs a read that counts for its account.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="read">Reads all that it needs from a connection, until it is canceled. It may be run twice.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="ConcurrencyLimitException">The account's share, or the pool, had no free connection in time.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public Task<T> RunAsync<T>(
        int accountId, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation) =>
        RunOnAnyAsync(accountId, (connections, token) => RunAsync(connections, accountId, read, token), cancellation);

    /// <summary>Runs a read on the primary, because a write depends on it.</summary>
    /// <inheritdoc cref="RunAsync{T}(int, Func{NpgsqlConnection, CancellationToken, Task{T}}, CancellationToken)"/>
    public async Task<T> RunOnPrimaryAsync<T>(
        int accountId, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var phase = RequestPhase.Start(RequestPhase.Query);
        return await RunAsync(primary, accountId, read, cancellation);
    }

    /// <summary>Runs a list. Lists have their own limit.</summary>
    /// <inheritdoc cref="RunAsync{T}(int, Func{NpgsqlConnection, CancellationToken, Task{T}}, CancellationToken)"/>
    public Task<T> RunListAsync<T>(
        int accountId, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation) =>
        RunOnAnyAsync(accountId, (connections, token) => RunListAsync(connections, read, token), cancellation);

    /// <summary>Runs a list on the primary.</summary>
    /// <inheritdoc cref="RunListAsync{T}(int, Func{NpgsqlConnection, CancellationToken, Task{T}}, CancellationToken)"/>
    public async Task<T> RunListOnPrimaryAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var phase = RequestPhase.Start(RequestPhase.Query);
        return await RunListAsync(primary, read, cancellation);
    }

    private static async Task<T> RunAsync<T>(
        DatabaseConnections connections,
        int accountId,
        Func<NpgsqlConnection, CancellationToken, Task<T>> read,
        CancellationToken cancellation)
    {
        await using var lease = await connections.OpenAsync(accountId, cancellation);
        return await read(lease.Connection, cancellation);
    }

    private static async Task<T> RunListAsync<T>(
        DatabaseConnections connections, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenForListAsync(cancellation);
        return await read(connection, cancellation);
    }

    private async Task<T> RunOnAnyAsync<T>(
        int accountId, Func<DatabaseConnections, CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        using var phase = RequestPhase.Start(RequestPhase.Query);
        return await replicas.FindAsync(accountId) is { } replica && await TryAsync(replica, run, cancellation) is { } found
            ? found.Value
            : await run(primary, cancellation);
    }

    /// <summary>Runs a read on a replica.</summary>
    /// <returns>Its result, or null if the replica failed: it was lost, or had to cancel the read to replay a write.</returns>
    private async Task<Result<T>?> TryAsync<T>(
        Replica replica, Func<DatabaseConnections, CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        var abandonment = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = run(replica.Connections, abandonment.Token);
        try
        {
            // A replica that hangs does not respond to a cancellation either.
            return new Result<T>(await running.WaitAsync(replica.Lost));
        }
        catch (Exception exception)
            when (exception is not (PageTooLargeException or ConcurrencyLimitException) && !cancellation.IsCancellationRequested)
        {
            // Npgsql reports a broken connection in several ways. An error that is not the replica's occurs on the primary, too.
            Repeated(log, replica.Name, (exception as PostgresException)?.MessageText ?? exception.Message);
            return null;
        }
        finally
        {
            if (running.IsCompleted)
                abandonment.Dispose();
            else
                _ = AbandonAsync(running, abandonment);
        }
    }

    /// <summary>Cancels a read whose result is no longer wanted.</summary>
    private static async Task AbandonAsync(Task running, CancellationTokenSource abandonment)
    {
        await abandonment.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        abandonment.Dispose();
    }

    [LoggerMessage(35, LogLevel.Information, "A read on the replica {Replica} failed: {Reason}. It is repeated on the primary.")]
    private static partial void Repeated(ILogger log, string replica, string reason);

    private sealed record Result<T>(T Value);
}

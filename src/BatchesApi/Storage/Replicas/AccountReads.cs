using BatchesApi.Concurrency;
using BatchesApi.Lists;
using Npgsql;

namespace BatchesApi.Storage.Replicas;

/// <summary>Runs the reads of accounts: on a replica that has the account's last write, or else on the primary.</summary>
internal sealed partial class AccountReads(
    DatabaseConnections primary, ReplicaSet replicas, ConnectionOptions options, ILogger<AccountReads> log)
{
    /// <summary>Runs a read that counts for its account.</summary>
    /// <param name="accountId">The account.</param>
    /// <param name="read">Reads all that it needs from a connection, until it is canceled. It may be run twice.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="ConcurrencyLimitException">The account's share, or the pool, had no free connection in time.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<T> RunAsync<T>(
        int accountId, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        if (await replicas.FindAsync(accountId) is { } replica && await TryAsync(replica, read, cancellation) is { } found)
            return found.Value;
        await using var lease = await primary.OpenAsync(accountId, cancellation);
        return await read(lease.Connection, cancellation);
    }

    /// <summary>Runs a list. Lists have their own limit.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<T> RunListAsync<T>(
        int accountId, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        if (await replicas.FindAsync(accountId) is { } replica && await TryAsync(replica, read, cancellation) is { } found)
            return found.Value;
        await using var connection = await primary.OpenForListAsync(cancellation);
        return await read(connection, cancellation);
    }

    /// <summary>Runs a read on a replica.</summary>
    /// <returns>Its result, or null if the replica failed: it was lost, or had to cancel the read to replay a write.</returns>
    private async Task<Result<T>?> TryAsync<T>(
        Replica replica, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, replica.Lost);
        try
        {
            await using var connection = await replica.Source.OpenWithinAsync(options.Limit.Wait, limit.Token);
            return new Result<T>(await read(connection, limit.Token));
        }
        catch (Exception exception) when (exception is not PageTooLargeException && !cancellation.IsCancellationRequested)
        {
            // Npgsql reports a broken connection in several ways. An error that is not the replica's occurs on the primary, too.
            Repeated(log, replica.Name, (exception as PostgresException)?.MessageText ?? exception.Message);
            return null;
        }
    }

    [LoggerMessage(35, LogLevel.Information, "A read on the replica {Replica} failed: {Reason}. It is repeated on the primary.")]
    private static partial void Repeated(ILogger log, string replica, string reason);

    private sealed record Result<T>(T Value);
}

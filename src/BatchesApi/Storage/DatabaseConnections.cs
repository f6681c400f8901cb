using BatchesApi.Concurrency;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Opens the connections of requests for batches. Each account may have a share of the pool, so that one whose statements wait for locks leaves the rest to
/// the others. Key look-ups, sign-ins, health checks and background services have a small pool of their own.</summary>
/// <param name="pool">The pool.</param>
/// <param name="options">The limits.</param>
internal sealed class DatabaseConnections(NpgsqlDataSource pool, ConnectionOptions options) : IAsyncDisposable
{
    private readonly FairLimiter _limiter = new(options.Limit);

    /// <summary>Opens a connection that counts for an account.</summary>
    /// <exception cref="ConcurrencyLimitException">The account, or all together, had no connection left in time.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async ValueTask<AccountConnection> OpenAsync(int accountId, CancellationToken cancellation)
    {
        var lease = await _limiter.AcquireAsync(accountId, 1, cancellation);
        try
        {
            return new AccountConnection(await pool.OpenWithinAsync(options.Limit.Wait, cancellation), lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection for a list, which counts as one already.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public ValueTask<NpgsqlConnection> OpenForListAsync(CancellationToken cancellation) => pool.OpenWithinAsync(options.Limit.Wait, cancellation);

    /// <summary>The pool.</summary>
    public NpgsqlDataSource Pool => pool;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _limiter.Dispose();
        return pool.DisposeAsync();
    }
}

/// <summary>A connection that counts for an account until it is disposed.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Lease">The account's permit.</param>
internal readonly record struct AccountConnection(NpgsqlConnection Connection, IDisposable Lease) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Connection.DisposeAsync();
        }
        finally
        {
            Lease.Dispose();
        }
    }
}

using BatchesApi.Concurrency;
using Npgsql;

namespace BatchesApi.Storage;

/// <summary>The connections of requests for batches.</summary>
/// <param name="PoolSize">Maximum number of connections.</param>
/// <param name="Limit">The limits on connections that are not for lists.</param>
internal sealed record ConnectionOptions(int PoolSize, FairLimiterOptions Limit);

/// <summary>Opens connections for requests for batches. Each account has a share of the pool, so that an account whose statements wait for
/// locks cannot use up all connections. Key look-ups, sign-ins and health checks use a separate, small pool, and background services
/// another.</summary>
internal sealed class DatabaseConnections(NpgsqlDataSource pool, ConnectionOptions options) : IAsyncDisposable
{
    private readonly FairLimiter _limiter = new(options.Limit);

    /// <summary>Opens a connection that counts for an account.</summary>
    /// <exception cref="ConcurrencyLimitException">The account's share, or the pool, had no free connection in time.</exception>
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

    /// <summary>Opens a connection for a list. Lists have their own limit.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public ValueTask<NpgsqlConnection> OpenForListAsync(CancellationToken cancellation) =>
        pool.OpenWithinAsync(options.Limit.Wait, cancellation);

    public NpgsqlDataSource Pool => pool;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _limiter.Dispose();
        return pool.DisposeAsync();
    }
}

/// <summary>A connection that counts for an account until it is disposed.</summary>
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

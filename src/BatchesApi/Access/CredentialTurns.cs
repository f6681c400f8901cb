using BatchesApi.Concurrency;
using BatchesApi.Storage;

namespace BatchesApi.Access;

/// <summary>Limits concurrent changes of keys, users and access tokens, per account and in total. They may wait for a standby or for each
/// other, and hold connections that key look-ups need.</summary>
internal sealed class CredentialTurns : IDisposable
{
    public const int PerAccount = 2;

    /// <summary>Below the number of connections for key look-ups, sign-ins and health checks.</summary>
    private const int Total = 3;

    private readonly FairLimiter _limiter =
        new(new FairLimiterOptions(LimitedResource.CredentialChanges, PerAccount, Total, DataSourceExtensions.DefaultWait));

    /// <exception cref="ConcurrencyLimitException">The account, or the server, had too many changes in progress.</exception>
    public async Task<T> RunAsync<T>(int accountId, Func<Task<T>> work, CancellationToken cancellation)
    {
        using var turn = await _limiter.AcquireAsync(accountId, 1, cancellation);
        return await work();
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}

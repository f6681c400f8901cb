using System.Threading.RateLimiting;
using BatchesApi.Concurrency;

namespace BatchesApi.Writing;

/// <summary>Lets requests with the same idempotency key in one after the other, so that those that wait hold no connection.</summary>
internal sealed class IdempotencyGate(TimeProvider clock) : IDisposable
{
    private readonly PartitionedRateLimiter<Claim> _keys =
        PartitionedLimiters.CreateOnePerKey<Claim, (string, string)>(claim => (claim.CredentialId, claim.Key), queueLimit: int.MaxValue);

    /// <summary>Waits for the requests with the same key that came before, for as long as a client is to wait for them (contract, section 2).</summary>
    /// <returns>Lets the next one in when it is disposed; null if the time is over.</returns>
    public ValueTask<RateLimitLease?> EnterAsync(Claim claim, CancellationToken cancellation) =>
        _keys.AcquireWithinAsync(claim, Claim.MaxWait, clock, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();
}

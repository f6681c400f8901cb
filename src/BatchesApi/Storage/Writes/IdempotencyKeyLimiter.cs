using System.Threading.RateLimiting;
using BatchesApi.Concurrency;

namespace BatchesApi.Storage.Writes;

/// <summary>Lets requests with the same idempotency key in one after the other, so that those that wait hold no connection.</summary>
internal sealed class IdempotencyKeyLimiter(TimeProvider clock) : IDisposable
{
    private readonly PartitionedRateLimiter<IdempotencyClaim> _keys =
        PartitionedLimiters.CreateOnePerKey<IdempotencyClaim, (string, string)>(claim => (claim.CredentialId, claim.Key), queueLimit: int.MaxValue);

    /// <summary>Waits for the requests with the same key that came before, for as long as a client is to wait for them (specification, section 2).</summary>
    /// <returns>Lets the next one in when it is disposed; null if the time is over.</returns>
    public ValueTask<RateLimitLease?> EnterAsync(IdempotencyClaim claim, CancellationToken cancellation) =>
        _keys.AcquireWithinAsync(claim, IdempotencyClaim.MaxWait, clock, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();
}

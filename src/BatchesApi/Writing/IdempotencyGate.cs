using System.Threading.RateLimiting;

namespace BatchesApi.Writing;

/// <summary>Lets requests with the same idempotency key in one after the other, so that those that wait hold no connection.</summary>
internal sealed class IdempotencyGate : IDisposable
{
    private readonly PartitionedRateLimiter<Claim> _keys = PartitionedRateLimiter.Create<Claim, (string, string)>(
        claim => RateLimitPartition.GetConcurrencyLimiter((claim.CredentialId, claim.Key), _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = 1,
            QueueLimit = int.MaxValue,
        }));

    /// <summary>Waits for the requests with the same key that came before, for as long as a client is to wait for them (contract, section 2).</summary>
    /// <returns>Lets the next one in when it is disposed; not acquired if the time is over.</returns>
    public async ValueTask<RateLimitLease> EnterAsync(Claim claim, CancellationToken cancellation)
    {
        if (_keys.AttemptAcquire(claim) is { IsAcquired: true } free)
            return free;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        wait.CancelAfter(Claim.MaxWait);
        try
        {
            return await _keys.AcquireAsync(claim, 1, wait.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return _keys.AttemptAcquire(claim);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();
}

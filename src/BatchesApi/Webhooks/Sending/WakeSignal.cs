namespace BatchesApi.Webhooks.Sending;

/// <summary>Wakes one waiting loop. A signal that comes before the wait ends it immediately.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim _signals = new(0, 1);

    public void Set()
    {
        try
        {
            _signals.Release();
        }
        catch (SemaphoreFullException)
        {
            // A signal is waiting already.
        }
    }

    /// <summary>Waits for a signal, but no longer than a time.</summary>
    public Task WaitAsync(TimeSpan timeout, CancellationToken cancellation) => _signals.WaitAsync(timeout, cancellation);

    public Task WaitAsync(CancellationToken cancellation) => _signals.WaitAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _signals.Dispose();
}

namespace BatchesApi.Access;

/// <summary>Limits concurrent work on keys and users. Writes may wait for a standby and hold connections that key look-ups
/// need.</summary>
internal sealed class CredentialTurns : IDisposable
{
    private const int MaxConcurrent = 3;

    private readonly SemaphoreSlim _turns = new(MaxConcurrent);

    public async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();
}

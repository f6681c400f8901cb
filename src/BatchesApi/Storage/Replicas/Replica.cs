namespace BatchesApi.Storage.Replicas;

/// <summary>A standby that serves reads.</summary>
/// <param name="name">Its host and port.</param>
/// <param name="connections">Its connections.</param>
/// <param name="check">Checks how the server is connected to it.</param>
internal sealed class Replica(string name, DatabaseConnections connections, DatabaseCheck check) : IAsyncDisposable
{
    private CancellationTokenSource _lost = new();
    private ulong _oldestRunning;
    private double _lag;

    public string Name => name;

    public DatabaseConnections Connections => connections;

    public DatabaseCheck Check => check;

    /// <summary>Whether it serves reads.</summary>
    public bool IsAvailable => Volatile.Read(ref _oldestRunning) > 0;

    /// <summary>How far it is behind the primary, in seconds.</summary>
    public double Lag => Volatile.Read(ref _lag);

    /// <summary>Canceled when it is no longer available.</summary>
    public CancellationToken Lost => Volatile.Read(ref _lost).Token;

    /// <summary>Whether it shows the effects of a transaction that was committed.</summary>
    public bool Has(ulong transactionId) => transactionId < Volatile.Read(ref _oldestRunning);

    /// <summary>Records its state.</summary>
    /// <param name="oldestRunning">The oldest transaction that it does not show completely; it has all before that.</param>
    /// <param name="lag">How far it is behind the primary, in seconds.</param>
    public void SetState(ulong oldestRunning, double lag)
    {
        Volatile.Write(ref _lag, lag);
        Volatile.Write(ref _oldestRunning, oldestRunning);
    }

    /// <summary>Stops its use, and abandons the reads that are running on it.</summary>
    public async Task LoseAsync()
    {
        Volatile.Write(ref _oldestRunning, 0);

        // Not disposed: a read may be about to use its token.
        var lost = Interlocked.Exchange(ref _lost, new CancellationTokenSource());
        connections.Pool.Clear();
        await lost.CancelAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _lost.Dispose();
        return connections.DisposeAsync();
    }
}

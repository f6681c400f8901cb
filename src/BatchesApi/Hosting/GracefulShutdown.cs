namespace BatchesApi.Hosting;

/// <summary>Reports not-ready and sends <c>Connection: close</c> while still serving; then the server stops accepting connections and
/// drains the rest.</summary>
internal sealed class GracefulShutdown(ShutdownOptions options, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    /// <summary>Whether the shutdown has begun.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Whether the server stops because of a failure, which its exit code must report.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Stops the server because of a failure that the caller has logged.</summary>
    public void Fail()
    {
        HasFailed = true;
        lifetime.StopApplication();
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.Delay(options.Delay - options.DrainDelay, cancellationToken);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

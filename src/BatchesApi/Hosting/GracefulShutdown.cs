namespace BatchesApi.Hosting;

/// <summary>Ends the server without losing a request: first it says that it is not ready and asks clients to leave, and takes what still comes; then it
/// takes no more connections, and finishes what is there.</summary>
internal sealed class GracefulShutdown(ShutdownOptions options, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    /// <summary>Whether the server was told to end.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Whether the server ends because it cannot go on, so that its exit code must report a failure.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Ends the server because it cannot go on. The caller has logged the reason.</summary>
    public void Fail()
    {
        HasFailed = true;
        lifetime.StopApplication();
    }

    /// <summary>Sets the headers of every answer. While the server ends, one has clients open their next connection elsewhere: if it were closed while a
    /// request is on its way over it, that would be lost.</summary>
    public Task SetHeaders(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(
            static state =>
            {
                var (shutdown, response) = ((GracefulShutdown, HttpResponse))state;
                response.Headers.XContentTypeOptions = "nosniff";
                if (shutdown.HasBegun)
                    response.Headers.Connection = "close";
                return Task.CompletedTask;
            },
            (this, context.Response));
        return next(context);
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

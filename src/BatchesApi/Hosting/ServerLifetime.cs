namespace BatchesApi.Hosting;

/// <summary>Runs the server until it is stopped.</summary>
internal static partial class ServerLifetime
{
    /// <summary>Starts the server and waits for its shutdown.</summary>
    /// <param name="app">The server.</param>
    /// <param name="onStarted">Runs after the start.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(WebApplication app, Func<Task> onStarted)
    {
        if (app.Services.GetRequiredService<ServerOptions>().Notice is { } notice)
            Lowered(app.Logger, notice);
        try
        {
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return 0;
        }
        await onStarted();
        return await WaitForShutdownAsync(app);
    }

    /// <summary>Waits for the shutdown of a server that has started.</summary>
    /// <returns>The exit code: 0, or 1 if the server could not continue or did not stop cleanly. The log has the reason.</returns>
    public static async Task<int> WaitForShutdownAsync(WebApplication app)
    {
        try
        {
            await app.WaitForShutdownAsync();
        }
        catch (Exception exception)
        {
            StopFailed(app.Logger, exception);
            return 1;
        }

        // The host stops if a background service fails, and logs why, but reports success (dotnet/runtime#67146, until .NET 11).
        var isFaulted = app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Any(service => service.ExecuteTask is { IsFaulted: true });
        return isFaulted || app.Services.GetRequiredService<GracefulShutdown>().HasFailed ? 1 : 0;
    }

    [LoggerMessage(94, LogLevel.Warning, "{Notice}")]
    private static partial void Lowered(ILogger log, string notice);

    [LoggerMessage(91, LogLevel.Critical, "The server did not stop cleanly.")]
    private static partial void StopFailed(ILogger log, Exception exception);
}

using BatchesApi.Domain;

namespace BatchesApi.Storage;

/// <summary>A background service that is restarted if it fails. A plain <see cref="BackgroundService"/> that throws stops the server, which
/// no background work here justifies.</summary>
internal abstract partial class RestartingService(TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource _isRunning = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected TimeProvider Time => time;

    protected ILogger Log => log;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);

        // If a server cannot start, the host disposes its services. It logs one that does not run yet as failed, with a stack trace.
        await _isRunning.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _isRunning.TrySetResult();
        ServerMetrics.RecordServiceFailures(GetType().Name, 0);
        var pause = MinPause;
        while (true)
        {
            var start = time.GetTimestamp();
            try
            {
                await RunAsync(stoppingToken);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (stoppingToken.IsCancellationRequested)
            {
                // A resource of the service may already be disposed.
                FailedAtStop(log, exception, GetType().Name);
                return;
            }
            catch (Exception exception)
            {
                // After a long run, the failure is a new one.
                if (time.GetElapsedTime(start) >= MaxPause)
                    pause = MinPause;
                Failed(log, exception, GetType().Name, pause.TotalSeconds);
                ServerMetrics.RecordServiceFailures(GetType().Name, 1);
            }
            await Task.Delay(pause, time, stoppingToken);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    /// <summary>Does the work of the service. If it throws, it is called again after a pause of 1 s, which doubles up to 1 min.</summary>
    protected abstract Task RunAsync(CancellationToken stoppingToken);

    [LoggerMessage(90, LogLevel.Error, "The background service {Service} failed. It is restarted in {Seconds} s.")]
    private static partial void Failed(ILogger log, Exception exception, string service, double seconds);

    [LoggerMessage(92, LogLevel.Debug, "The background service {Service} failed while it stopped.")]
    private static partial void FailedAtStop(ILogger log, Exception exception, string service);
}

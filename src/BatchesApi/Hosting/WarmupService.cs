using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Hosting;

/// <summary>Creates EF Core's model and the body validator, and connects to Redis, soon after the server listens. Otherwise the first
/// request that needs them would wait for half a second.</summary>
internal sealed class WarmupService(
    IHostApplicationLifetime lifetime,
    BatchFilterSqlCache filters,
    Lazy<BatchValidator> validator,
    TimeProvider clock,
    ILogger<WarmupService> log,
    RedisConnection? redis = null) : RestartingService(clock, log)
{
    /// <summary>Long enough for the first requests, which need neither and would share the CPU with the work.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
        redis?.WarmUp();
        await Task.Delay(Delay, Time, stoppingToken);
        _ = validator.Value;
        _ = filters.Get(accountId: 0, deleted: false, new TextSearch("", IsPositive: true));
    }
}

using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Hosting;

/// <summary>Makes, as soon as the server listens, what takes long to make and was therefore left out of its start: EF Core's model, which translates filters,
/// and the rules for bodies. Whoever needs them first would wait for half a second.</summary>
internal sealed class WarmupService(
    IHostApplicationLifetime lifetime, BatchFilterSqlCache selections, Lazy<BatchValidator> rules, TimeProvider clock, ILogger<WarmupService> log)
    : RestartingService(clock, log)
{
    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
        _ = rules.Value;
        _ = selections.Get(accountId: 0, deleted: false, new TextSearch("", IsPositive: true));
    }
}

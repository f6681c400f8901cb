using System.Collections.Concurrent;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Tracks when credentials were last used, and writes it to the database once a minute, in the background.</summary>
internal sealed partial class LastUsedTracker(LastUsedWriter writer, DatabaseState state, TimeProvider clock, ILogger<LastUsedTracker> log)
    : RestartingService(clock, log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTime> _lastUsed = new();

    /// <summary>Records that a credential is used now, to the second.</summary>
    public void Touch(string id)
    {
        var now = Time.GetUtcNowMicroseconds();
        if (!_lastUsed.TryGetValue(id, out var last) || now - last >= TimeSpan.FromSeconds(1))
            _lastUsed[id] = now;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            FlushFailed(Log, "requests used all the time allowed for shutdown");
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Interval, Time, stoppingToken);
            await FlushAsync(stoppingToken);
        }
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        var uses = _lastUsed.ToArray();
        if (uses.Length == 0 || state.RefusesWrites)
            return;
        try
        {
            await writer.WriteAsync(uses, cancellation);
            foreach (var use in uses)
                _lastUsed.TryRemove(use);
        }
        catch (NpgsqlException exception)
        {
            // The next flush writes them.
            FlushFailed(Log, exception.Message);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "Could not save when keys were last used: {Reason}.")]
    private static partial void FlushFailed(ILogger log, string reason);
}

using System.Collections.Concurrent;
using BatchesApi.Domain;
using BatchesApi.Storage;
using Npgsql;

namespace BatchesApi.Access;

/// <summary>Notes when credentials were last used, and writes it down now and then, off the way of requests.</summary>
internal sealed partial class LastUsedTracker(NpgsqlDataSource source, DatabaseState state, TimeProvider clock, ILogger<LastUsedTracker> log)
    : RestartingService(clock, log)
{
    /// <summary>How often it is written down.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private const string Write =
        """
        UPDATE api_keys AS k SET last_used_at = GREATEST(k.last_used_at, u.at)
        FROM unnest(@ids, @times) AS u (id, at) WHERE k.id = u.id
        """;

    private readonly ConcurrentDictionary<string, DateTime> _lastUsed = new();

    /// <summary>Notes that a credential is used now, to the second.</summary>
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
            NotWritten(Log, "requests took all the time that the shutdown has");
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Pause, Time, stoppingToken);
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
            await using var command = source.CreateCommand(Write);
            command.Parameters.AddWithValue("ids", uses.Select(use => use.Key).ToArray());
            command.Parameters.AddWithValue("times", uses.Select(use => use.Value).ToArray());
            await command.ExecuteNonQueryAsync(cancellation);
            foreach (var use in uses)
                _lastUsed.TryRemove(use);
        }
        catch (NpgsqlException exception)
        {
            // The next time will tell; what is lost at worst is when a key was last used.
            NotWritten(Log, exception.Message);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "The last use of keys could not be written down: {Reason}.")]
    private static partial void NotWritten(ILogger log, string reason);
}

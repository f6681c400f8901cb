using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Keeps one connection open to notice when PostgreSQL goes away, and then empties the pools: otherwise each connection that died idle
/// would fail one request more, long after PostgreSQL is back.</summary>
internal sealed partial class ConnectionMonitor(NpgsqlDataSource source, HostStates hosts, DatabaseState state, TimeProvider clock, ILogger<ConnectionMonitor> log)
    : RestartingService(clock, log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilUsableAsync(stoppingToken);
        var isAway = false;
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                if (isAway)
                    DatabaseAvailable(Log);
                isAway = false;
                while (true)
                    await connection.WaitAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                hosts.Reset(connections: true);
                if (!isAway)
                    DatabaseUnavailable(Log, exception.Message);
                isAway = true;
            }
            await Task.Delay(Pause, Time, stoppingToken);
        }
    }

    [LoggerMessage(30, LogLevel.Warning, "PostgreSQL is away: {Reason}. Trying again every second.")]
    private static partial void DatabaseUnavailable(ILogger log, string reason);

    [LoggerMessage(31, LogLevel.Information, "PostgreSQL is back.")]
    private static partial void DatabaseAvailable(ILogger log);
}

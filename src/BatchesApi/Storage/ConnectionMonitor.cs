using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Keeps one connection open to detect that PostgreSQL is unavailable, and then clears the pools: otherwise each broken idle
/// connection would fail another request long after PostgreSQL is available again.</summary>
internal sealed partial class ConnectionMonitor(
    NpgsqlDataSource source, HostStates hosts, DatabaseState state, TimeProvider clock, ILogger<ConnectionMonitor> log)
    : RestartingService(clock, log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilUsableAsync(stoppingToken);
        var isUnavailable = false;
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                if (isUnavailable)
                    DatabaseAvailable(Log);
                isUnavailable = false;
                while (true)
                    await connection.WaitAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                hosts.Reset(connections: true);
                if (!isUnavailable)
                    DatabaseUnavailable(Log, exception.Message);
                isUnavailable = true;
            }
            await Task.Delay(Pause, Time, stoppingToken);
        }
    }

    [LoggerMessage(30, LogLevel.Warning, "PostgreSQL is unavailable: {Reason}. Retrying every second.")]
    private static partial void DatabaseUnavailable(ILogger log, string reason);

    [LoggerMessage(31, LogLevel.Information, "PostgreSQL is available again.")]
    private static partial void DatabaseAvailable(ILogger log);
}

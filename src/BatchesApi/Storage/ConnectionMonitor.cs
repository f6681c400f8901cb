using Npgsql;

namespace BatchesApi.Storage;

/// <summary>Keeps one connection open to detect that PostgreSQL is unavailable, and then clears the pools: otherwise each broken idle
/// connection would fail another request long after PostgreSQL is available again. After a time-out of a request, the connection also
/// shows whether the host is still the primary.</summary>
internal sealed partial class ConnectionMonitor(
    [FromKeyedServices(StorageServices.Background)] NpgsqlDataSource source,
    HostStates hosts,
    DatabaseState state,
    TimeProvider clock,
    ILogger<ConnectionMonitor> log)
    : RestartingService(clock, log)
{
    private const int ProbeTimeoutSeconds = 2;

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
                {
                    await connection.WaitAsync(Pause, stoppingToken);
                    if (hosts.TakeTimeout() && !await IsPrimaryAsync(connection, stoppingToken))
                    {
                        hosts.Reset(connections: true);
                        break;
                    }
                }
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

    private static async Task<bool> IsPrimaryAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var probe = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection) { CommandTimeout = ProbeTimeoutSeconds };
        return await probe.ExecuteScalarAsync(cancellation) is false;
    }

    [LoggerMessage(30, LogLevel.Warning, "PostgreSQL is unavailable: {Reason}. Retrying every second.")]
    private static partial void DatabaseUnavailable(ILogger log, string reason);

    [LoggerMessage(31, LogLevel.Information, "PostgreSQL is available again.")]
    private static partial void DatabaseAvailable(ILogger log);
}

using Npgsql;

namespace BatchesApi.Load;

/// <summary>The write-ahead log of some writes in bytes.</summary>
/// <param name="Records">Its records without the images of full pages, whose number depends on the time since the last checkpoint.</param>
/// <param name="Images">The images of full pages.</param>
internal sealed record WalSize(double Records, double Images);

/// <summary>Measures the write-ahead log with <c>pg_walinspect</c>. It includes the writes of all other clients of the cluster.</summary>
internal sealed class WalMeter : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private string _start = "";

    private WalMeter(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Connects to a database.</summary>
    public static async Task<WalMeter> OpenAsync(SeededDatabase database, CancellationToken cancellation)
    {
        var connection = await database.ConnectAsync(cancellation);
        await BulkLoad.ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS pg_walinspect", cancellation);
        return new WalMeter(connection);
    }

    /// <summary>Starts a measurement.</summary>
    public async Task StartAsync(CancellationToken cancellation) => _start = await ReadPositionAsync(cancellation);

    /// <summary>Ends the measurement.</summary>
    /// <returns>The size, or null if a checkpoint has already removed part of the log.</returns>
    public async Task<WalSize?> StopAsync(CancellationToken cancellation)
    {
        // An empty log would be an error.
        if (await ReadPositionAsync(cancellation) == _start)
            return new WalSize(0, 0);
        var sum = await ReadAsync(
            $"""
            SELECT sum(record_size)::float8, sum(fpi_size)::float8
            FROM pg_get_wal_stats('{_start}', pg_current_wal_flush_lsn())
            """,
            cancellation);
        return sum is null ? null : new WalSize((double)sum[0], (double)sum[1]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<string> ReadPositionAsync(CancellationToken cancellation) =>
        (string)(await ReadAsync("SELECT pg_current_wal_flush_lsn()::text", cancellation))![0];

    private async Task<object[]?> ReadAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        try
        {
            await using var row = await command.ExecuteReaderAsync(cancellation);
            await row.ReadAsync(cancellation);
            var values = new object[row.FieldCount];
            row.GetValues(values);
            return values;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedFile)
        {
            return null;
        }
    }
}

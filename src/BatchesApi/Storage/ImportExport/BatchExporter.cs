using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using BatchesApi.Domain;
using BatchesApi.Storage.Replicas;
using Npgsql;

namespace BatchesApi.Storage.ImportExport;

/// <summary>Exports the batches of an account, including the deleted ones, in the order of their ids. A replica that has everything that
/// was committed before the export serves it, or else the primary.</summary>
/// <param name="primary">The primary.</param>
/// <param name="replicas">The replicas, which may be empty.</param>
/// <param name="format">The format.</param>
/// <param name="output">Receives the batches.</param>
/// <param name="progress">Receives the number of exported batches from time to time.</param>
/// <param name="report">Receives the use of a replica, and its failure.</param>
internal sealed class BatchExporter(
    NpgsqlDataSource primary,
    IReadOnlyList<Replica> replicas,
    FileFormat format,
    Stream output,
    Action<long> progress,
    Action<string> report)
{
    /// <summary>Number of bytes to write at a time.</summary>
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Maximum time in seconds that a database may take to respond.</summary>
    private const int TimeoutSeconds = 60;

    /// <summary>How long to wait for a replica that does not have everything yet.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly Sql Columns = Sql.Raw(string.Join(", ", BatchFields.All.Select(field => field.Column)));

    private readonly ArrayBufferWriter<byte> _buffer = new(2 * ChunkBytes);
    private string _last = "";
    private long _count;

    /// <param name="accountId">The account.</param>
    /// <param name="after">The id after which to continue an earlier export, without another header; or null.</param>
    /// <param name="cancellation">Cancels the export.</param>
    /// <returns>The number of batches.</returns>
    /// <exception cref="NpgsqlException">The primary failed.</exception>
    public async Task<long> ExportAsync(int accountId, string? after, CancellationToken cancellation)
    {
        _last = after ?? "";
        if (format == FileFormat.Csv && after is null)
            BatchCsv.WriteHeader(CreateCsvWriter(), BatchFields.All);
        if (!await TryReplicasAsync(accountId, cancellation))
        {
            await using var connection = await primary.OpenConnectionAsync(cancellation);
            await ExportAsync(connection, accountId, cancellation);
        }
        await output.WriteAsync(_buffer.WrittenMemory, cancellation);
        await output.FlushAsync(cancellation);
        progress(_count);
        return _count;
    }

    /// <summary>Exports from the first replica that has everything. If it fails, the primary continues after the last batch.</summary>
    private async Task<bool> TryReplicasAsync(int accountId, CancellationToken cancellation)
    {
        if (replicas.Count == 0)
            return false;
        var current = await ReadPrimaryAsync(cancellation);
        foreach (var replica in replicas)
        {
            var hasStarted = false;
            try
            {
                await using var connection = await replica.Connections.Pool.OpenConnectionAsync(cancellation);
                if (await FindProblemAsync(connection, current, cancellation) is { } problem)
                {
                    report($"The replica {replica.Name} is not used: {problem}.");
                    continue;
                }
                report($"Reading from the replica {replica.Name}.");
                hasStarted = true;
                await ExportAsync(connection, accountId, cancellation);
                return true;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or InvalidOperationException)
            {
                report($"The replica {replica.Name} failed: {exception.Message}");
            }
            if (hasStarted)
                break;
        }
        report("Reading from the primary.");
        return false;
    }

    private async Task<DatabaseIdentity> ReadPrimaryAsync(CancellationToken cancellation)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellation);
        return await DatabaseIdentity.ReadAsync(connection, TimeoutSeconds, cancellation);
    }

    /// <summary>Why a replica cannot be used; null if it has everything.</summary>
    private static async Task<string?> FindProblemAsync(
        NpgsqlConnection connection, DatabaseIdentity primary, CancellationToken cancellation)
    {
        if (primary.IsDistributed)
            return "Citus distributes the database";
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(Interval, cancellation))
        {
            var identity = await DatabaseIdentity.ReadAsync(connection, TimeoutSeconds, cancellation);
            if (!identity.IsReplicaOf(primary))
                return DatabaseIdentity.NotReplica;
            if (identity.Has(primary))
                return null;
            if (waiting.Elapsed > MaxWait)
                return "it is behind the primary, or a transaction that began earlier is still running";
        }
    }

    private async Task ExportAsync(NpgsqlConnection connection, int accountId, CancellationToken cancellation)
    {
        await using var command = connection.Command(
            $"SELECT {Columns} FROM batches WHERE account_id = {accountId} AND id > {_last} ORDER BY account_id, id");
        command.CommandTimeout = TimeoutSeconds;
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        await using var json = new Utf8JsonWriter(_buffer, BatchJson.WriterOptions);
        var csv = CreateCsvWriter();
        while (await rows.ReadAsync(cancellation))
        {
            var batch = BatchRowReader.Read(rows, BatchFields.All);
            if (format == FileFormat.Csv)
                BatchCsv.Write(csv, batch, BatchFields.All);
            else
                WriteLine(json, batch);
            _last = batch.Id;
            if (_buffer.WrittenCount > ChunkBytes)
            {
                await output.WriteAsync(_buffer.WrittenMemory, cancellation);
                _buffer.ResetWrittenCount();
            }
            if (++_count % 1_000 == 0)
                progress(_count);
        }
    }

    private void WriteLine(Utf8JsonWriter json, Batch batch)
    {
        BatchJson.Write(json, batch, FieldSet.All);
        json.Flush();
        json.Reset();
        _buffer.Write("\n"u8);
    }

    private CsvWriter CreateCsvWriter() => new(_buffer, CsvForm.Plain);
}

using System.Buffers;
using System.Text.Json;
using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.ImportExport;

/// <summary>Exports the batches of an account, including the deleted ones, as lines of JSON (NDJSON) in the order of their ids.</summary>
internal static class BatchExporter
{
    /// <summary>Number of bytes to write at a time.</summary>
    private const int ChunkBytes = 256 * 1024;

    private static readonly Sql Columns = Sql.Raw(string.Join(", ", BatchFields.All.Select(field => field.Column)));

    /// <param name="source">The database.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="after">The id after which to start, or null.</param>
    /// <param name="output">Receives the lines.</param>
    /// <param name="progress">Receives the number of exported batches from time to time.</param>
    /// <param name="cancellation">Cancels the export.</param>
    /// <returns>The number of batches.</returns>
    public static async Task<long> ExportAsync(
        NpgsqlDataSource source, int accountId, string? after, Stream output, Action<long> progress, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);

        await using var command = connection.Command(
            $"SELECT {Columns} FROM batches WHERE account_id = {accountId} AND id > {after ?? ""} ORDER BY account_id, id");
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var buffer = new ArrayBufferWriter<byte>(2 * ChunkBytes);
        await using var json = new Utf8JsonWriter(buffer, BatchJson.WriterOptions);
        var count = 0L;
        while (await rows.ReadAsync(cancellation))
        {
            BatchJson.Write(json, BatchRowReader.Read(rows, BatchFields.All), FieldSet.All);
            json.Flush();
            json.Reset();
            buffer.Write("\n"u8);
            if (buffer.WrittenCount > ChunkBytes)
            {
                await output.WriteAsync(buffer.WrittenMemory, cancellation);
                buffer.ResetWrittenCount();
            }
            if (++count % 1_000 == 0)
                progress(count);
        }
        await output.WriteAsync(buffer.WrittenMemory, cancellation);
        await output.FlushAsync(cancellation);
        progress(count);
        return count;
    }
}

using System.Buffers;
using System.Text.Json;
using BatchesApi.Domain;
using Npgsql;

namespace BatchesApi.Storage.ImportExport;

/// <summary>Takes the batches of an account out, as lines of JSON (NDJSON), the deleted ones among them, in the order of their ids.</summary>
internal static class BatchExporter
{
    /// <summary>Bytes that gather before they are written.</summary>
    private const int Piece = 256 * 1024;

    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => field.Column));

    /// <summary>Writes the batches.</summary>
    /// <param name="source">The database.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="after">The id to go on after; null to begin at the beginning.</param>
    /// <param name="output">Where to.</param>
    /// <param name="progress">Is told now and then how many there are so far.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>How many there were.</returns>
    public static async Task<long> ExportAsync(
        NpgsqlDataSource source, int accountId, string? after, Stream output, Action<long> progress, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);

        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM batches WHERE account_id = $1 AND id > $2 ORDER BY account_id, id", connection);
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after ?? "" });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var buffer = new ArrayBufferWriter<byte>(2 * Piece);
        await using var json = new Utf8JsonWriter(buffer, BatchJson.WriterOptions);
        var count = 0L;
        while (await rows.ReadAsync(cancellation))
        {
            BatchJson.Write(json, BatchRowReader.Read(rows, BatchFields.All), FieldSet.All);
            json.Flush();
            json.Reset();
            buffer.Write("\n"u8);
            if (buffer.WrittenCount > Piece)
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

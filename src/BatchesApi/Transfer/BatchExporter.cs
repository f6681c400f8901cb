using System.Text.Json;
using BatchesApi.Model;
using BatchesApi.Responses;
using Npgsql;

namespace BatchesApi.Transfer;

/// <summary>Takes the batches of an account out by COPY, as lines of JSON (NDJSON), the deleted ones among them, in the order of their ids.</summary>
internal static class BatchExporter
{
    private const int Buffer = 256 * 1024;

    private static readonly string Columns = string.Join(", ", BatchFields.All.Select(field => field.Kind == FieldKind.Integer ? $"{field.Column}::integer" : field.Column));

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

        // COPY takes no parameters; what stands in it are a number and an id that has the form of one.
        var where = $"account_id = {accountId}" + (after is null ? "" : $" AND id > '{after}'");
        await using var copy = await connection.BeginBinaryExportAsync(
            $"COPY (SELECT {Columns} FROM batches WHERE {where} ORDER BY account_id, id) TO STDOUT (FORMAT BINARY)", cancellation);
        copy.Timeout = TimeSpan.Zero;
        await using var buffered = new BufferedStream(output, Buffer);
        await using var json = new Utf8JsonWriter(buffered, JsonText.WriterOptions);
        var batch = new Batch();
        var count = 0L;
        while (await copy.StartRowAsync(cancellation) >= 0)
        {
            foreach (var field in BatchFields.All)
                field.Set(batch, await ReadAsync(copy, field, cancellation));
            BatchJson.Write(json, batch, FieldSet.All);
            json.Flush();
            json.Reset();
            buffered.WriteByte((byte)'\n');
            if (++count % 1_000 == 0)
                progress(count);
        }
        await buffered.FlushAsync(cancellation);
        progress(count);
        return count;
    }

    private static async ValueTask<object?> ReadAsync(NpgsqlBinaryExporter copy, Field field, CancellationToken cancellation)
    {
        if (copy.IsNull)
        {
            await copy.SkipAsync(cancellation);
            return null;
        }
        return field.Kind switch
        {
            FieldKind.DateTime => await copy.ReadAsync<DateTime>(cancellation),
            FieldKind.Boolean => await copy.ReadAsync<bool>(cancellation),
            FieldKind.Integer => await copy.ReadAsync<int>(cancellation),
            FieldKind.TextList => await copy.ReadAsync<string[]>(cancellation),
            _ => await copy.ReadAsync<string>(cancellation),
        };
    }
}

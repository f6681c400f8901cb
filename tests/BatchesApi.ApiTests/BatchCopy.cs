using BatchesApi.Load;
using BatchesApi.Model;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.ApiTests;

/// <summary>Fills the table of batches by COPY, which takes many at once.</summary>
internal static class BatchCopy
{
    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text,
        NpgsqlDbType.TimestampTz, NpgsqlDbType.Boolean, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Array | NpgsqlDbType.Text,
        NpgsqlDbType.Array | NpgsqlDbType.Text, NpgsqlDbType.Smallint, NpgsqlDbType.TimestampTz, NpgsqlDbType.TimestampTz,
        NpgsqlDbType.TimestampTz, NpgsqlDbType.Integer,
    ];

    /// <summary>Adds batches.</summary>
    public static Task AddAsync(NpgsqlConnection connection, IEnumerable<Batch> batches) => AddAsync(connection, batches.Select(Row));

    /// <summary>Adds rows, each with the values of <see cref="SeedRows.Columns"/>.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IEnumerable<object?[]> rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY batches ({SeedRows.Columns}) FROM STDIN (FORMAT BINARY)");
        copy.Timeout = TimeSpan.FromMinutes(5);
        foreach (var row in rows)
        {
            await copy.StartRowAsync();
            foreach (var (i, value) in row.Index())
            {
                if (value is null)
                    await copy.WriteNullAsync();
                else
                    await copy.WriteAsync(value, Types[i]);
            }
        }
        await copy.CompleteAsync();
    }

    private static object?[] Row(Batch batch) =>
    [
        batch.Id, batch.AccountId, batch.BatchCode, batch.BatchType, batch.Manager, batch.Assignee, batch.DueDate, batch.Repeated, batch.Summary, batch.Notes,
        batch.LeadIds, batch.OpportunityIds, (short?)batch.Rating, batch.CreatedAt, batch.UpdatedAt, batch.DeletedAt, batch.Version,
    ];
}

using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.Load;

/// <summary>Fills the tables of batches.</summary>
internal static class BulkLoad
{
    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text,
        NpgsqlDbType.TimestampTz, NpgsqlDbType.Boolean, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Array | NpgsqlDbType.Text,
        NpgsqlDbType.Array | NpgsqlDbType.Text, NpgsqlDbType.Smallint, NpgsqlDbType.TimestampTz, NpgsqlDbType.TimestampTz,
        NpgsqlDbType.TimestampTz, NpgsqlDbType.Integer,
    ];

    /// <summary>Adds rows to tables with indexes, each with the values of <see cref="SeedRows.Columns"/>.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IEnumerable<object?[]> rows, CancellationToken cancellation)
    {
        await CopyAsync(connection, rows, cancellation);
        await ExecuteAsync(connection, TableLayout.FillSearch, cancellation);
    }

    /// <summary>Fills the empty tables without their indexes, which is faster, and then creates these and the statistics.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <param name="more">Statements to run after the rows are added.</param>
    public static async Task FillAsync(
        NpgsqlConnection connection, IEnumerable<object?[]> rows, CancellationToken cancellation, params string[] more)
    {
        var layout = await TableLayout.ReadAsync(connection, cancellation);
        var indexes = new List<(string Name, string Definition)>();
        const string Find =
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid::regclass::text = ANY ($1) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
            """;
        await using (var command = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = layout.Tables.ToArray() } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                indexes.Add((reader.GetString(0), reader.GetString(1)));
        }
        await ExecuteAsync(connection, $"DROP INDEX {string.Join(", ", indexes.Select(index => index.Name))}", cancellation);
        await CopyAsync(connection, rows, cancellation);
        var vacuum = $"VACUUM (ANALYZE) {string.Join(", ", layout.Tables)}";
        foreach (var sql in more.Concat(layout.Fills).Concat(indexes.Select(index => index.Definition)).Append(vacuum))
            await ExecuteAsync(connection, sql, cancellation);
    }

    /// <summary>Runs a statement without a timeout.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IEnumerable<object?[]> rows, CancellationToken cancellation)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY batches ({SeedRows.Columns}) FROM STDIN (FORMAT BINARY)", cancellation);
        copy.Timeout = TimeSpan.FromHours(1);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellation);
            foreach (var (i, value) in row.Index())
            {
                if (value is null)
                    await copy.WriteNullAsync(cancellation);
                else
                    await copy.WriteAsync(value, Types[i], cancellation);
            }
        }
        await copy.CompleteAsync(cancellation);
    }
}

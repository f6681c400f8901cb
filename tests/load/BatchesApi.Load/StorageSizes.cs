namespace BatchesApi.Load;

/// <summary>The sizes of the tables of batches in bytes.</summary>
/// <param name="Tables">The rows, with the text that is stored apart.</param>
/// <param name="BTrees">The B-trees.</param>
/// <param name="Gins">The GIN indexes.</param>
internal sealed record StorageSizes(long Tables, long BTrees, long Gins)
{
    /// <summary>Reads the sizes.</summary>
    public static async Task<StorageSizes> ReadAsync(SeededDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.ConnectAsync(cancellation);
        var layout = await TableLayout.ReadAsync(connection, cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT coalesce(sum(pg_relation_size(indexrelid)) FILTER (WHERE amname = 'btree'), 0)::bigint,
            coalesce(sum(pg_relation_size(indexrelid)) FILTER (WHERE amname = 'gin'), 0)::bigint,
            (SELECT sum(pg_table_size(name::regclass)) FROM unnest($1) AS name)::bigint
            FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
            WHERE indrelid::regclass::text = ANY ($1)
            """;
        command.Parameters.Add(new() { Value = layout.Tables.ToArray() });
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new StorageSizes(Tables: row.GetInt64(2), BTrees: row.GetInt64(0), Gins: row.GetInt64(1));
    }
}

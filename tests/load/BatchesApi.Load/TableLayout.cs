using Npgsql;

namespace BatchesApi.Load;

/// <summary>The tables of batches, which differ between versions of the server.</summary>
/// <param name="Tables">The tables that exist, <c>batches</c> first.</param>
internal sealed record TableLayout(IReadOnlyList<string> Tables)
{
    private const string Batches = "batches";

    /// <summary>The statements that fill each further table from <c>batches</c>.</summary>
    private static readonly (string Table, string Fill)[] SideTables =
    [
        ("batch_texts",
            """
            INSERT INTO batch_texts (account_id, batch_id, part, text)
            SELECT account_id, id, 1, search_short FROM batches UNION ALL SELECT account_id, id, 2, search_long FROM batches
            """),
        ("batch_ids",
            """
            INSERT INTO batch_ids (account_id, batch_id, lead_ids, opportunity_ids)
            SELECT account_id, id, lead_ids, opportunity_ids FROM batches
            """),
    ];

    /// <summary>The statements that fill the side tables after <c>batches</c>.</summary>
    public IEnumerable<string> Fills => SideTables.Where(side => Tables.Contains(side.Table)).Select(side => side.Fill);

    /// <summary>Reads which tables exist.</summary>
    public static async Task<TableLayout> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var tables = new List<string>();
        foreach (var table in SideTables.Select(side => side.Table).Prepend(Batches))
        {
            await using var find = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection)
            {
                Parameters = { new() { Value = table } },
            };
            if (await find.ExecuteScalarAsync(cancellation) is true)
                tables.Add(table);
        }
        return new TableLayout(tables);
    }
}

using BatchesApi.Storage;
using BatchesApi.Storage.Writes;
using Npgsql;

namespace BatchesApi.Load;

/// <summary>The tables of batches, which differ between versions of the server.</summary>
/// <param name="Tables">The tables that exist, <c>batches</c> first.</param>
internal sealed record TableLayout(IReadOnlyList<string> Tables)
{
    private const string Batches = "batches";

    /// <summary>Fills <c>batch_search</c> with the parts of the batches that have none.</summary>
    public static readonly string FillSearch =
        $"""
        WITH missing AS MATERIALIZED (SELECT account_id, id FROM batches EXCEPT SELECT account_id, batch_id FROM batch_search),
        added AS (SELECT b.* FROM missing AS m JOIN batches AS b ON b.account_id = m.account_id AND b.id = m.id)
        {BatchSearchSql.Insert(Sql.Raw("added"))} ON CONFLICT DO NOTHING
        """;

    /// <summary>The statements that fill each further table from <c>batches</c>.</summary>
    private static readonly (string Table, string Fill)[] SideTables = [("batch_search", FillSearch)];

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

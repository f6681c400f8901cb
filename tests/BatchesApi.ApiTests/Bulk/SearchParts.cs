using Npgsql;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>The searched parts of batches in the database. Searches of large accounts read them, searches of few batches do not.</summary>
internal static class SearchParts
{
    /// <summary>Checks that the parts of an account are equal to its batches.</summary>
    public static async Task AssertEqualAsync(ApiServer server, string account)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand(
            """
            SELECT coalesce(string_agg(p.batch_id || ' ' || p.part, ', '), '') FROM (
                (SELECT b.id AS batch_id, 1 AS part, b.search_short AS text, NULL::text[] AS leads, NULL::text[] AS opportunities
                    FROM batches AS b WHERE b.account_id = $1
                UNION ALL SELECT b.id, 2, b.search_long, b.lead_ids, b.opportunity_ids FROM batches AS b WHERE b.account_id = $1)
                EXCEPT SELECT s.batch_id, s.part, s.text, s.lead_ids, s.opportunity_ids FROM batch_search AS s WHERE s.account_id = $1) AS p
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = await server.AccountIdAsync(account) });
        Assert.Equal("", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}

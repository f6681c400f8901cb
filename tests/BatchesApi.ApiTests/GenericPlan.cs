using System.Text;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.ApiTests;

/// <summary>Explains groups, and a page with PostgreSQL's generic plan, which it uses after some executions. EXPLAIN of the statement of
/// the page itself would plan it for its values.</summary>
internal static partial class GenericPlan
{
    /// <summary>Explains the statement of a page.</summary>
    /// <param name="services">The services of the server.</param>
    /// <param name="connectionString">The database of the server.</param>
    /// <param name="plan">The list.</param>
    public static async Task<ExplainStep> ExplainAsync(IServiceProvider services, string connectionString, ListPlan plan)
    {
        var matching = services.GetRequiredService<BatchFilterSqlCache>().Get(plan.AccountId, plan.Deleted, plan.Where);
        using var page = new NpgsqlCommand();
        var sql = ListSql.Page(matching, new OrderSql(plan), ListSql.AllColumns, plan.Offset, plan.Limit + 1).Write(page.Parameters);

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var prepare = new NpgsqlCommand(
            "DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE page "
                + $"({string.Join(", ", page.Parameters.Select(GetSqlType))}) AS {sql}", connection);
        await prepare.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand(
            $"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE page ({string.Join(", ", page.Parameters.Select(GetSqlValue))})",
            connection);
        var text = (string)(await explain.ExecuteScalarAsync())!;
        return ExplainStep.Parse("walk", text);
    }

    /// <summary>Explains the statement of groups, planned for its values, as the server runs it.</summary>
    public static async Task<string> ExplainGroupsAsync(IServiceProvider services, string connectionString, GroupPlan plan)
    {
        var list = plan.Batches;
        var matching = services.GetRequiredService<BatchFilterSqlCache>().Get(list.AccountId, list.Deleted, list.Where);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var explain = connection.CreateCommand();
        var sql = GroupSql.Groups(matching, plan).Write(explain.Parameters);
        explain.CommandText = $"EXPLAIN (ANALYZE, TIMING OFF) {sql}";
        await using var lines = await explain.ExecuteReaderAsync();
        var text = new StringBuilder();
        while (await lines.ReadAsync())
            text.AppendLine(lines.GetString(0));
        return text.ToString();
    }

    private static string GetSqlType(NpgsqlParameter parameter) =>
        parameter.NpgsqlDbType == NpgsqlDbType.TimestampTz ? "timestamptz" : parameter.NpgsqlDbType.ToString();

    private static string GetSqlValue(NpgsqlParameter parameter) =>
        parameter.Value is DateTime instant
            ? $"'{Rfc3339.Format(instant)}'"
            : $"'{parameter.Value!.ToString()!.Replace("'", "''", StringComparison.Ordinal)}'";
}

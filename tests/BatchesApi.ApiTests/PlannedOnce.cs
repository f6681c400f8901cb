using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Storage.Reads;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace BatchesApi.ApiTests;

/// <summary>How PostgreSQL finds a page where it planned the statement once for all values, as it does in the long run. EXPLAIN of the statement itself
/// would plan it for its values.</summary>
internal static class PlannedOnce
{
    /// <summary>Explains the statement of a page.</summary>
    /// <param name="services">The services of the server.</param>
    /// <param name="connectionString">Its database.</param>
    /// <param name="plan">The list.</param>
    public static async Task<ExplainStep> ExplainAsync(IServiceProvider services, string connectionString, ListPlan plan)
    {
        var matching = services.GetRequiredService<BatchFilterSqlCache>().Get(plan.AccountId, plan.Deleted, plan.Where);
        using var page = new NpgsqlCommand();
        var sql = ListSql.Page(matching, new OrderSql(plan), ListSql.AllColumns, plan.Offset, plan.Limit + 1).Write(page.Parameters);

        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var prepare = new NpgsqlCommand(
            $"DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE page ({string.Join(", ", page.Parameters.Select(TypeOf))}) AS {sql}", connection);
        await prepare.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE page ({string.Join(", ", page.Parameters.Select(ValueOf))})", connection);
        var text = (string)(await explain.ExecuteScalarAsync())!;
        return ExplainStep.Parse("walk", text);
    }

    private static string TypeOf(NpgsqlParameter parameter) => parameter.NpgsqlDbType == NpgsqlDbType.TimestampTz ? "timestamptz" : parameter.NpgsqlDbType.ToString();

    private static string ValueOf(NpgsqlParameter parameter) =>
        parameter.Value is DateTime instant ? $"'{Rfc3339.Format(instant)}'" : $"'{parameter.Value!.ToString()!.Replace("'", "''", StringComparison.Ordinal)}'";
}

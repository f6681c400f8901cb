using BatchesApi.Domain;
using BatchesApi.Lists;

namespace BatchesApi.Storage.Reads;

/// <summary>Composes the statement that groups batches. Each row has the values of a group, its size, and the numbers of all groups and of
/// all batches. PostgreSQL moves the groups to disk if they are many; the server only gets those to return.</summary>
internal static class GroupSql
{
    /// <param name="batches">The query for the batches to group.</param>
    /// <param name="plan">The groups.</param>
    public static Sql Groups(Sql batches, GroupPlan plan) => $"WITH {From(batches, plan)}";

    /// <summary>Groups the matches among candidates.</summary>
    /// <param name="driver">The candidates.</param>
    /// <param name="plan">The groups.</param>
    public static Sql GroupsOfCandidates(ListDriver driver, GroupPlan plan) =>
        $"WITH candidates AS NOT MATERIALIZED ({driver.Candidates}), {From(driver.Filter, plan)}";

    private static Sql From(Sql batches, GroupPlan plan)
    {
        var keys = Sql.Raw(string.Join(", ", plan.Keys.Select((_, i) => $"g.k{i}")));
        var columns = Sql.Raw(string.Join(", ", plan.Keys.Select((key, i) => $"{Value(key)} AS k{i}")));
        return $"""
            groups AS MATERIALIZED (SELECT {columns}, count(*) AS size FROM ({batches}) AS b GROUP BY {Positions(plan)})
            SELECT {keys}, g.size, (SELECT count(*) FROM groups), (SELECT sum(size)::bigint FROM groups)
            FROM groups AS g ORDER BY g.size DESC, {keys} LIMIT {Sql.Literal(plan.Batches.Limit)}
            """;
    }

    private static Sql Positions(GroupPlan plan) => Sql.Raw(plan.Keys.Count == 1 ? "1" : "1, 2");

    /// <summary>The value of a key: the column, or the first day of the unit. Npgsql stores the first instant of the year 1 as minus
    /// infinity, which is in no unit.</summary>
    private static string Value(GroupKey key)
    {
        var column = $"b.{key.Field.Column}";
        return key.Unit is { } unit
            ? $"CASE WHEN {column} = '-infinity' THEN DATE '0001-01-01' "
                + $"ELSE date_trunc('{unit.ToText()}', {column} AT TIME ZONE 'UTC')::date END"
            : column;
    }
}

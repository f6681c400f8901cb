using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using Npgsql;
using StorageSql = BatchesApi.Storage.Sql;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The statements of lists, around a query that is called <c>s</c> here.</summary>
public sealed partial class ListSqlTests
{
    private static readonly StorageSql S = StorageSql.Raw("s");

    private static readonly StorageSql I = StorageSql.Raw("i");

    private const int Account = 123_456;

    private static readonly ListDriver Driver = new(I, new CandidateRows(Account, deleted: false), StorageSql.Raw("f"));

    private static readonly StorageSql F = StorageSql.Raw("f");

    private static readonly StorageSql C = StorageSql.Raw("c");

    private static readonly Batch Last = new()
    {
        Id = "63a5b84c53e1218321c55572",
        BatchCode = "B'); DROP TABLE batches --",
        Notes = "x' OR TRUE --",
        Rating = 4,
    };

    /// <summary>Orders with one null partition, with two, with merged parts, and after a record without a value.</summary>
    public static TheoryData<string, bool> Orders => new(
        from query in (string[])
        [
            "", "sortBy=rating", "sortBy=notes&order=asc", "sortBy=dueDate", "sortBy=batchCode,rating",
            "sortBy=notes,rating&order=asc,desc",
        ]
        from hasCursor in (bool[])[false, true]
        select (query, hasCursor));

    [Theory]
    [InlineData(0, 21, "SELECT c FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 0")]
    [InlineData(99, 1_001, "SELECT c FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 1001 OFFSET 99")]
    public void A_page_near_the_start_is_read_in_one_step(long skip, int take, string expected) =>
        Assert.Equal(expected, ListSql.Page(S, new OrderSql(Plans.Of("")), C, skip, take).ToString());

    [Theory]
    [InlineData(100, 21)]
    [InlineData(2_147_483_646, 1_001)]
    public void A_deep_page_reads_ids_before_rows(long skip, int take) => Assert.Equal(
        "SELECT c FROM (s) AS b WHERE b.id = ANY (ARRAY(SELECT k.id FROM ("
        + $"SELECT b.id FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT {take} OFFSET {skip}"
        + ") AS k))\nORDER BY b.created_at DESC, b.id DESC",
        ListSql.Page(S, new OrderSql(Plans.Of("")), C, skip, take).ToString());

    [Fact]
    public void Records_without_a_value_follow_those_with_one() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating DESC, b.id DESC LIMIT 61)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating DESC, b.id DESC LIMIT 61) LIMIT 21 OFFSET 40",
        ListSql.Page(S, new OrderSql(Plans.Of("sortBy=rating")), C, 40, 21).ToString());

    [Fact]
    public void Records_without_a_value_come_first_from_the_end() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating, b.id LIMIT 20)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating, b.id LIMIT 20) LIMIT 20 OFFSET 0",
        ListSql.Page(S, new OrderSql(Plans.Of("sortBy=rating"), reversed: true), C, 0, 20).ToString());

    [Fact]
    public void A_deep_page_in_null_partitions_reads_ids_before_rows() => Assert.Equal(
        "SELECT c FROM (s) AS b WHERE b.id = ANY (ARRAY(SELECT k.id FROM ("
        + "(SELECT b.id FROM (s) AS b WHERE b.due_date IS NOT NULL ORDER BY b.due_date DESC, b.id DESC LIMIT 121)"
        + " UNION ALL (SELECT b.id FROM (s) AS b WHERE b.due_date IS NULL ORDER BY b.due_date DESC, b.id DESC LIMIT 121)"
        + " LIMIT 21 OFFSET 100"
        + ") AS k))\nORDER BY b.due_date DESC NULLS LAST, b.id DESC",
        ListSql.Page(S, new OrderSql(Plans.Of("sortBy=dueDate")), C, 100, 21).ToString());

    [Fact]
    public void Without_an_index_all_records_are_sorted() => Assert.Equal(
        "SELECT c FROM (s) AS b WHERE TRUE ORDER BY b.notes DESC NULLS LAST, b.id DESC LIMIT 21 OFFSET 0",
        ListSql.Page(S, new OrderSql(Plans.Of("sortBy=notes")), C, 0, 21).ToString());

    [Fact]
    public void A_page_after_a_record_starts_at_its_keys() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL AND ((b.rating, b.id) < ($1, $2)) ORDER BY b.rating DESC, b.id DESC LIMIT 21)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating DESC, b.id DESC LIMIT 21) LIMIT 21 OFFSET 0",
        ListSql.Page(S, new OrderSql(Plans.Of("sortBy=rating").After(Last)), C, 0, 21).ToString());

    [Fact]
    public void Collected_records_are_found_then_sorted_then_read()
    {
        var plan = Plans.Of("sortBy=rating");
        Assert.Equal(
            $"""
            WITH entries AS MATERIALIZED (i),
            ids AS MATERIALIZED (SELECT e.batch_id FROM entries AS e LIMIT 20001),
            candidates AS NOT MATERIALIZED ({Candidates("ids")}),
            found AS MATERIALIZED (SELECT b.rating, b.id FROM (f) AS b),
            page AS (SELECT b.id FROM found AS b WHERE TRUE ORDER BY b.rating DESC NULLS LAST, b.id DESC LIMIT 21 OFFSET 40)
            SELECT c, n.found, n.ids, b.id IS NOT NULL
            FROM (SELECT (SELECT count(*) FROM found) AS found, (SELECT count(*) FROM ids) AS ids) AS n
            LEFT JOIN (page AS p CROSS JOIN LATERAL ({Row("p.id")}) AS b) ON TRUE
            WHERE b.id IS NOT NULL OR n.found > 0 OR n.ids = 20001
            ORDER BY b.rating DESC NULLS LAST, b.id DESC
            """,
            ListSql.CollectedPage(Driver, new OrderSql(plan), C, 40, 21, 20_001).ToString());
        Assert.Contains(
            "FROM found AS b WHERE (b.rating IS NOT NULL AND ((b.rating, b.id) < ($2, $3))) OR (b.rating IS NULL) ORDER BY",
            ListSql.CollectedPage(Driver, new OrderSql(plan.After(Last)), C, 0, 21, 20_001).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Candidates_are_counted_once_each() => Assert.Equal(
        $"WITH candidates AS NOT MATERIALIZED ({Candidates("(i)")}) SELECT count(*) FROM (SELECT 1 FROM (f) AS b LIMIT 10001) AS c",
        ListSql.CountCandidates(Driver, 10_001).ToString());

    [Fact]
    public void A_head_is_filtered_and_sorted()
    {
        var order = new OrderSql(Plans.Of(""));
        Assert.Equal(
            "SELECT b.* FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 500 OFFSET 0",
            ListSql.Head(S, order, 500).ToString());
        Assert.Equal(
            "WITH candidates AS NOT MATERIALIZED (s) SELECT c FROM (f) AS b ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 40",
            ListSql.SortedPage(S, F, order, C, 40, 21).ToString());
        Assert.Equal(
            "SELECT 1 FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 1 OFFSET 500",
            ListSql.HasMore(S, order, 500).ToString());
    }

    [Theory]
    [InlineData("", "(SELECT b.* FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 2147483647)",
        "WITH candidates AS NOT MATERIALIZED (s) SELECT c FROM (f) AS b ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 40")]
    [InlineData("sortBy=rating&order=asc",
        "(SELECT b.* FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating, b.id LIMIT 2147483647)"
        + " UNION ALL (SELECT b.* FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating, b.id LIMIT 2147483647)",
        "WITH candidates AS NOT MATERIALIZED (s) SELECT c FROM (f) AS b LIMIT 21 OFFSET 40")]
    public void Frequent_matches_are_filtered_in_order(string query, string inOrder, string page)
    {
        var order = new OrderSql(Plans.Of(query));
        Assert.Equal(inOrder, ListSql.InOrder(S, order).ToString());
        Assert.Equal(page, ListSql.FilteredPage(S, F, order, C, 40, 21).ToString());
    }

    [Fact]
    public void A_count_stops_at_its_bound()
    {
        Assert.Equal("SELECT count(*) FROM (s) AS b", ListSql.Count(S, null).ToString());
        Assert.Equal("SELECT count(*) FROM (SELECT 1 FROM (s) AS b LIMIT 10001) AS c", ListSql.Count(S, 10_001).ToString());
    }

    [Fact]
    public void Columns_are_named_by_the_catalogue() =>
        Assert.Equal(
            "b.batch_code, b.lead_ids, b.due_date",
            ListSql.Columns([BatchFields.BatchCode, BatchFields.LeadIds, BatchFields.DueDate]).ToString());

    [Theory]
    [MemberData(nameof(Orders))]
    public void Limits_are_literals_and_client_input_is_a_parameter(string query, bool hasCursor)
    {
        var plan = hasCursor ? Plans.Of(query).After(Last) : Plans.Of(query);
        foreach (var reversed in (bool[])[false, true])
        {
            var order = new OrderSql(plan, reversed);
            StorageSql[] statements =
            [
                ListSql.Page(S, order, C, 0, 21), ListSql.Page(S, order, C, 5_000, 21),
                ListSql.CollectedPage(Driver, order, C, 40, 21, 20_001),
                ListSql.SortedPage(ListSql.Head(S, order, 500), F, order, C, 40, 21), ListSql.HasMore(S, order, 500),
                ListSql.FilteredPage(ListSql.InOrder(S, order), F, order, C, 40, 21),
            ];
            foreach (var statement in statements)
            {
                using var command = new NpgsqlCommand();
                var sql = statement.Write(command.Parameters);
                Assert.All(Bound().Matches(sql), bound => Assert.Matches("^(LIMIT|OFFSET) [0-9]+$", bound.Value));
                Assert.Equal(
                    Enumerable.Range(1, command.Parameters.Count).Select(i => $"${i}"),
                    Parameter().Matches(sql).Select(parameter => parameter.Value).Distinct());
                var values = command.Parameters.Select(parameter => parameter.Value).Where(value => value is not Account).ToList();
                Assert.Equal(hasCursor, values.Count > 0);
                Assert.All(values, value => Assert.Contains(value, plan.After!));
                Assert.DoesNotContain("'", sql, StringComparison.Ordinal);
                Assert.DoesNotContain(Last.Id, sql, StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex(@"\b(LIMIT|OFFSET)\b \S*?(?=[\s),]|$)")]
    private static partial Regex Bound();

    [GeneratedRegex(@"\$[0-9]+")]
    private static partial Regex Parameter();

    private static string Candidates(string ids) =>
        $"SELECT b.* FROM (SELECT DISTINCT i.batch_id FROM {ids} AS i) AS i CROSS JOIN LATERAL ({Row("i.batch_id")}) AS b";

    private static string Row(string id) =>
        $"SELECT b.* FROM batches AS b\nWHERE b.account_id = (SELECT $1) AND b.id = {id} AND NOT (b.is_deleted) OFFSET 0";
}

using System.Text.RegularExpressions;
using BatchesApi.Domain;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The statements of lists, over a selection that is called <c>s</c> here.</summary>
public sealed partial class ListSqlTests
{
    private static readonly Batch Last = new() { Id = "63a5b84c53e1218321c55572", BatchCode = "B'); DROP TABLE batches --", Notes = "x' OR TRUE --", Rating = 4 };

    /// <summary>Orders of one stretch, of two, of three in two parts, and of what is left behind a record without a value.</summary>
    public static TheoryData<string, bool> Orders => new(
        from query in (string[])["", "sortBy=rating", "sortBy=notes&order=asc", "sortBy=dueDate", "sortBy=batchCode,rating", "sortBy=notes,rating&order=asc,desc"]
        from goesOn in (bool[])[false, true]
        select (query, goesOn));

    [Theory]
    [InlineData(0, 21, "SELECT c FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 0")]
    [InlineData(99, 1_001, "SELECT c FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 1001 OFFSET 99")]
    public void A_page_near_the_beginning_is_read_at_once(long skip, int take, string expected) =>
        Assert.Equal(expected, ListSql.Page("s", new OrderSql(Plans.Of("")), "c", skip, take));

    [Theory]
    [InlineData(100, 21)]
    [InlineData(2_147_483_646, 1_001)]
    public void Of_a_deep_page_ids_are_read_first(long skip, int take) => Assert.Equal(
        "SELECT c FROM (s) AS b WHERE b.id IN (SELECT k.id FROM ("
        + $"SELECT b.id FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT {take} OFFSET {skip}"
        + ") AS k) ORDER BY b.created_at DESC, b.id DESC",
        ListSql.Page("s", new OrderSql(Plans.Of("")), "c", skip, take));

    [Fact]
    public void Records_without_a_value_are_read_where_those_with_one_leave_the_page_unfilled() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating DESC, b.id DESC LIMIT 61)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating DESC, b.id DESC LIMIT 61) LIMIT 21 OFFSET 40",
        ListSql.Page("s", new OrderSql(Plans.Of("sortBy=rating")), "c", 40, 21));

    [Fact]
    public void From_the_end_they_are_read_first() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating, b.id LIMIT 20)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating, b.id LIMIT 20) LIMIT 20 OFFSET 0",
        ListSql.Page("s", new OrderSql(Plans.Of("sortBy=rating"), reversed: true), "c", 0, 20));

    [Fact]
    public void Of_a_deep_page_in_stretches_ids_are_read_first_too() => Assert.Equal(
        "SELECT c FROM (s) AS b WHERE b.id IN (SELECT k.id FROM ("
        + "(SELECT b.id FROM (s) AS b WHERE b.due_date IS NOT NULL ORDER BY b.due_date DESC, b.id DESC LIMIT 121)"
        + " UNION ALL (SELECT b.id FROM (s) AS b WHERE b.due_date IS NULL ORDER BY b.due_date DESC, b.id DESC LIMIT 121) LIMIT 21 OFFSET 100"
        + ") AS k) ORDER BY b.due_date DESC NULLS LAST, b.id DESC",
        ListSql.Page("s", new OrderSql(Plans.Of("sortBy=dueDate")), "c", 100, 21));

    [Fact]
    public void Texts_too_long_for_an_index_are_merged_into_their_stretch() => Assert.Equal(
        "(SELECT c FROM ("
        + "(SELECT b.* FROM (s) AS b WHERE b.notes IS NOT NULL AND octet_length(notes) <= 2000 ORDER BY b.notes, b.id LIMIT 21)"
        + " UNION ALL (SELECT b.* FROM (s) AS b WHERE b.notes IS NOT NULL AND octet_length(notes) > 2000 ORDER BY b.notes, b.id LIMIT 21)"
        + ") AS b ORDER BY b.notes, b.id LIMIT 21)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.notes IS NULL ORDER BY b.notes, b.id LIMIT 21) LIMIT 21 OFFSET 0",
        ListSql.Page("s", new OrderSql(Plans.Of("sortBy=notes&order=asc")), "c", 0, 21));

    [Fact]
    public void A_page_behind_a_record_begins_where_the_index_has_it() => Assert.Equal(
        "(SELECT c FROM (s) AS b WHERE b.rating IS NOT NULL AND (b.rating, b.id) < (@after0, @after1) ORDER BY b.rating DESC, b.id DESC LIMIT 21)"
        + " UNION ALL (SELECT c FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating DESC, b.id DESC LIMIT 21) LIMIT 21 OFFSET 0",
        ListSql.Page("s", new OrderSql(Plans.Of("sortBy=rating").After(Last)), "c", 0, 21));

    [Fact]
    public void What_is_gathered_is_found_in_no_order_then_sorted_and_then_read()
    {
        var plan = Plans.Of("sortBy=rating");
        Assert.Equal(
            """
            WITH found AS MATERIALIZED (SELECT b.rating, b.id FROM (s) AS b LIMIT 10001),
            page AS (SELECT b.id FROM found AS b WHERE TRUE ORDER BY b.rating DESC NULLS LAST, b.id DESC LIMIT 21 OFFSET 40)
            SELECT c, (SELECT count(*) FROM found) FROM (a) AS b WHERE b.id IN (SELECT p.id FROM page AS p) ORDER BY b.rating DESC NULLS LAST, b.id DESC
            """,
            ListSql.CollectedPage("s", "a", new OrderSql(plan), "c", 40, 21, 10_001));
        Assert.Contains(
            "FROM found AS b WHERE (b.rating IS NOT NULL AND (b.rating, b.id) < (@after0, @after1)) OR (b.rating IS NULL) ORDER BY",
            ListSql.CollectedPage("s", "a", new OrderSql(plan.After(Last)), "c", 0, 21, 10_001),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_is_filtered_and_sorted_again()
    {
        var order = new OrderSql(Plans.Of(""));
        Assert.Equal("SELECT b.* FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 500 OFFSET 0", ListSql.Head("s", order, 500));
        Assert.Equal("SELECT c FROM (s) AS b ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 40", ListSql.SortedPage("s", order, "c", 40, 21));
        Assert.Equal("SELECT 1 FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC LIMIT 1 OFFSET 500", ListSql.HasMore("s", order, 500));
    }

    [Theory]
    [InlineData("", "(SELECT b.* FROM (s) AS b WHERE TRUE ORDER BY b.created_at DESC, b.id DESC OFFSET 0)",
        "SELECT c FROM (i) AS b ORDER BY b.created_at DESC, b.id DESC LIMIT 21 OFFSET 40")]
    [InlineData("sortBy=rating&order=asc",
        "(SELECT b.* FROM (s) AS b WHERE b.rating IS NOT NULL ORDER BY b.rating, b.id OFFSET 0)"
        + " UNION ALL (SELECT b.* FROM (s) AS b WHERE b.rating IS NULL ORDER BY b.rating, b.id OFFSET 0)",
        "SELECT c FROM (i) AS b LIMIT 21 OFFSET 40")]
    public void What_is_frequent_is_looked_for_in_order_one_by_one(string query, string inOrder, string page)
    {
        var order = new OrderSql(Plans.Of(query));
        Assert.Equal(inOrder, ListSql.InOrder("s", order));
        Assert.Equal(page, ListSql.FilteredPage("i", order, "c", 40, 21));
    }

    [Fact]
    public void A_count_ends_at_its_bound()
    {
        Assert.Equal("SELECT count(*) FROM (s) AS b", ListSql.Count("s", null));
        Assert.Equal("SELECT count(*) FROM (SELECT 1 FROM (s) AS b LIMIT 10001) AS c", ListSql.Count("s", 10_001));
    }

    [Fact]
    public void Columns_are_those_of_the_catalogue() =>
        Assert.Equal("b.batch_code, b.lead_ids, b.due_date", ListSql.Columns([BatchFields.BatchCode, BatchFields.LeadIds, BatchFields.DueDate]));

    [Theory]
    [MemberData(nameof(Orders))]
    public void Numbers_of_records_are_written_out_and_what_a_client_wrote_is_a_parameter(string query, bool goesOn)
    {
        var plan = goesOn ? Plans.Of(query).After(Last) : Plans.Of(query);
        foreach (var reversed in (bool[])[false, true])
        {
            var order = new OrderSql(plan, reversed);
            string[] statements =
            [
                ListSql.Page("s", order, "c", 0, 21), ListSql.Page("s", order, "c", 5_000, 21), ListSql.CollectedPage("s", "a", order, "c", 40, 21, 10_001),
                ListSql.SortedPage(ListSql.Head("s", order, 500), order, "c", 40, 21), ListSql.HasMore("s", order, 500),
                ListSql.FilteredPage(ListSql.InOrder("s", order), order, "c", 40, 21),
            ];
            var parameters = order.Parameters.Select(parameter => $"@{parameter.ParameterName}").ToList();
            Assert.Equal(goesOn, parameters.Count > 0);
            foreach (var sql in statements)
            {
                Assert.All(Bound().Matches(sql), bound => Assert.Matches("^(LIMIT|OFFSET) [0-9]+$", bound.Value));
                Assert.All(Parameter().Matches(sql), parameter => Assert.Contains(parameter.Value, parameters));
                Assert.DoesNotContain("'", sql, StringComparison.Ordinal);
                Assert.DoesNotContain(Last.Id, sql, StringComparison.Ordinal);
            }
        }
    }

    [GeneratedRegex(@"\b(LIMIT|OFFSET)\b \S*?(?=[\s),]|$)")]
    private static partial Regex Bound();

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();
}

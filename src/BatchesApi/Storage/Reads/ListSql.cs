using BatchesApi.Domain;

namespace BatchesApi.Storage.Reads;

/// <summary>Composes the statements of lists around a query for batches. Limits, offsets and bounds are literals: PostgreSQL plans a
/// prepared statement once, and for an unknown limit it would plan for a tenth of the table. Client input is always a parameter.</summary>
internal static class ListSql
{
    /// <summary>Number of skipped records from which the ids of a page are read first, from the index alone, and then only the rows of the
    /// page.</summary>
    private const long DeepOffset = 100;

    private static readonly Sql NoLimit = Sql.Raw($"LIMIT {int.MaxValue}");

    public static readonly Sql AllColumns = Columns(BatchFields.All);

    public static Sql Columns(IEnumerable<Field> fields) => Sql.Raw(string.Join(", ", fields.Select(field => $"b.{field.Column}")));

    /// <param name="from">The query for the records of the list.</param>
    /// <param name="order">The order in which to read.</param>
    /// <param name="columns">The columns to return.</param>
    /// <param name="skip">Number of records before the page.</param>
    /// <param name="take">Maximum number of records on the page.</param>
    /// <param name="pageOrder">The order of the page, if it is not the one in which it is read.</param>
    public static Sql Page(Sql from, OrderSql order, Sql columns, long skip, int take, OrderSql? pageOrder = null)
    {
        if (skip < DeepOffset && pageOrder is null)
            return Read(from, order, columns, skip, take);
        var ids = Read(from, order, Sql.Raw("b.id"), skip, take);

        // As an array, the ids are found once. PostgreSQL would join them, and find them again for each row of an account that it
        // expects to be small.
        return $"""
            SELECT {columns} FROM ({from}) AS b WHERE b.id = ANY (ARRAY(SELECT k.id FROM ({ids}) AS k))
            ORDER BY {(pageOrder ?? order).OrderBy}
            """;
    }

    /// <summary>Collects the records of a list in no order, up to a bound, then sorts them and reads a page. Behind the columns, each row
    /// has the number of collected records, the number of candidates, and whether it has a record: if the page is empty because it is
    /// beyond the last record or there are too many candidates, there is one row without a record. The LIMIT is not in the query for the
    /// ids, because PostgreSQL would then expect to find enough of them by reading all entries.</summary>
    /// <param name="driver">The candidates.</param>
    /// <param name="order">The order of the list.</param>
    /// <param name="columns">The columns to return.</param>
    /// <param name="skip">Number of records before the page.</param>
    /// <param name="take">Maximum number of records on the page.</param>
    /// <param name="maxCandidates">Maximum number of candidates to read.</param>
    public static Sql CollectedPage(ListDriver driver, OrderSql order, Sql columns, long skip, int take, int maxCandidates) =>
        $"""
        WITH entries AS MATERIALIZED ({driver.Ids}),
        ids AS MATERIALIZED (SELECT e.batch_id FROM entries AS e LIMIT {Sql.Literal(maxCandidates)}),
        candidates AS NOT MATERIALIZED ({driver.Rows.From(Sql.Raw("ids"))}),
        found AS MATERIALIZED (SELECT {order.Columns} FROM ({driver.Filter}) AS b),
        page AS (SELECT b.id FROM found AS b WHERE {order.SeekPredicate} ORDER BY {order.OrderBy} {LimitOffset(take, skip)})
        SELECT {columns}, n.found, n.ids, b.id IS NOT NULL
        FROM (SELECT (SELECT count(*) FROM found) AS found, (SELECT count(*) FROM ids) AS ids) AS n
        LEFT JOIN (page AS p CROSS JOIN LATERAL ({driver.Rows.WithId(Sql.Raw("p.id"))}) AS b) ON TRUE
        WHERE b.id IS NOT NULL OR n.found > 0 OR n.ids = {Sql.Literal(maxCandidates)}
        ORDER BY {order.OrderBy}
        """;

    /// <summary>The first ids that a query finds, in no order. The LIMIT is apart from it, as in <see cref="CollectedPage"/>.</summary>
    public static Sql FirstIds(Sql ids, int max) =>
        $"WITH entries AS MATERIALIZED ({ids}) SELECT e.batch_id FROM entries AS e LIMIT {Sql.Literal(max)}";

    /// <summary>Counts the records of a list among candidates, up to a bound unless it is null.</summary>
    /// <param name="driver">The candidates.</param>
    /// <param name="bound">The bound.</param>
    public static Sql CountCandidates(ListDriver driver, int? bound) =>
        $"{WithCandidates(driver.Candidates)}{Count(driver.Filter, bound)}";

    /// <summary>Reads a page of those candidates that a filter matches, and sorts it.</summary>
    /// <param name="candidates">The query for the candidates.</param>
    /// <param name="filter">A query over the CTE <c>candidates</c>.</param>
    /// <param name="order">The order of the list.</param>
    /// <param name="columns">The columns to return.</param>
    /// <param name="skip">Number of records before the page.</param>
    /// <param name="take">Maximum number of records on the page.</param>
    public static Sql SortedPage(Sql candidates, Sql filter, OrderSql order, Sql columns, long skip, int take) =>
        $"{WithCandidates(candidates)}SELECT {columns} FROM ({filter}) AS b ORDER BY {order.OrderBy} {LimitOffset(take, skip)}";

    /// <summary>As <see cref="SortedPage"/>, if the candidates are those of <see cref="InOrder"/>.</summary>
    public static Sql FilteredPage(Sql candidates, Sql filter, OrderSql order, Sql columns, long skip, int take) =>
        order.Partitions().Count == 1
            ? SortedPage(candidates, filter, order, columns, skip, take)
            : $"{WithCandidates(candidates)}SELECT {columns} FROM ({filter}) AS b {LimitOffset(take, skip)}";

    /// <summary>All records in order. The LIMIT, which no list reaches, is an optimization fence: PostgreSQL applies the conditions around
    /// the query to one record after the other. With OFFSET 0 instead, it would plan for reading all records, and sort those of a small
    /// account.</summary>
    public static Sql InOrder(Sql from, OrderSql order)
    {
        var columns = Sql.Raw("b.*");
        return UnionAll(order.Partitions().Select(partition => Partition(from, order, columns, partition, NoLimit)));
    }

    /// <summary>The first records in order.</summary>
    public static Sql Head(Sql from, OrderSql order, int length) => Read(from, order, Sql.Raw("b.*"), 0, length);

    /// <summary>Returns a row if there are more records than a number.</summary>
    public static Sql HasMore(Sql from, OrderSql order, int than) => Read(from, order, Sql.Raw("1"), than, 1);

    /// <summary>Counts records, up to a bound unless it is null.</summary>
    public static Sql Count(Sql from, int? bound) => bound is { } max
        ? $"SELECT count(*) FROM (SELECT 1 FROM ({from}) AS b LIMIT {Sql.Literal(max)}) AS c"
        : (Sql)$"SELECT count(*) FROM ({from}) AS b";

    /// <summary>Reads a part of a list, one partition after the other. PostgreSQL runs the queries of a UNION ALL in order, and a later one
    /// only if the earlier ones do not fill the page.</summary>
    private static Sql Read(Sql from, OrderSql order, Sql columns, long skip, int take)
    {
        var partitions = order.Partitions();
        if (partitions is [var only])
            return Partition(from, order, columns, only, LimitOffset(take, skip));
        var limit = Sql.Raw($"LIMIT {skip + take}");
        return $"{UnionAll(partitions.Select(partition => Partition(from, order, columns, partition, limit)))} {LimitOffset(take, skip)}";
    }

    private static Sql Partition(Sql from, OrderSql order, Sql columns, Sql condition, Sql limit) =>
        $"SELECT {columns} FROM ({from}) AS b WHERE {condition} ORDER BY {order.PartitionOrderBy} {limit}";

    private static Sql UnionAll(IEnumerable<Sql> queries) => Sql.Join(" UNION ALL ", queries.Select(query => (Sql)$"({query})"));

    /// <summary>The start of a statement over the CTE <c>candidates</c>.</summary>
    public static Sql WithCandidates(Sql candidates) => $"WITH candidates AS NOT MATERIALIZED ({candidates}) ";

    private static Sql LimitOffset(int take, long skip) => Sql.Raw($"LIMIT {take} OFFSET {skip}");
}

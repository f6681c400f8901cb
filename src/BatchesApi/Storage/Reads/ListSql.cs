using BatchesApi.Domain;

namespace BatchesApi.Storage.Reads;

/// <summary>The statements of a list, over a selection of batches. Numbers of records are written out, since PostgreSQL plans a prepared statement
/// once for all values, and by an unknown limit it would plan for a tenth of the table; all that a client wrote is a parameter.</summary>
internal static class ListSql
{
    /// <summary>Records after which ids are read first, from the index alone, and rows only for those of the page.</summary>
    private const long DeepOffset = 100;

    /// <summary>Reads a page.</summary>
    /// <param name="from">The selection of the list's records.</param>
    /// <param name="order">The list's order.</param>
    /// <param name="columns">What to read of each record.</param>
    /// <param name="skip">Records before the page.</param>
    /// <param name="take">Most records on it.</param>
    /// <param name="reversed">The opposite order, if the page is to be in that one.</param>
    public static string Page(string from, OrderSql order, string columns, long skip, int take, OrderSql? reversed = null) => skip < DeepOffset && reversed is null
        ? Walk(from, order, columns, skip, take)
        : $"""
        SELECT {columns} FROM ({from}) AS b WHERE b.id IN (SELECT k.id FROM ({Walk(from, order, "b.id", skip, take)}) AS k) ORDER BY {(reversed ?? order).OrderBy}
        """;

    /// <summary>Reads a page of a list whose records, up to a bound, are first gathered in no order. The last column tells how many there are.</summary>
    /// <param name="from">The selection of the list's records.</param>
    /// <param name="all">The selection of these and others, which is simpler.</param>
    /// <param name="order">The list's order.</param>
    /// <param name="columns">What to read of each record.</param>
    /// <param name="skip">Records before the page.</param>
    /// <param name="take">Most records on it.</param>
    /// <param name="bound">Most records to gather.</param>
    public static string CollectedPage(string from, string all, OrderSql order, string columns, long skip, int take, int bound) =>
        $"""
        WITH found AS MATERIALIZED (SELECT {order.Columns} FROM ({from}) AS b LIMIT {bound}),
        page AS (SELECT b.id FROM found AS b WHERE {order.SeekPredicate ?? "TRUE"} ORDER BY {order.OrderBy} LIMIT {take} OFFSET {skip})
        SELECT {columns}, (SELECT count(*) FROM found) FROM ({all}) AS b WHERE b.id IN (SELECT p.id FROM page AS p) ORDER BY {order.OrderBy}
        """;

    /// <summary>Reads a page of a few records that are in no order.</summary>
    public static string SortedPage(string from, OrderSql order, string columns, long skip, int take) =>
        $"SELECT {columns} FROM ({from}) AS b ORDER BY {order.OrderBy} LIMIT {take} OFFSET {skip}";

    /// <summary>Reads a page of records that come in order from <see cref="InOrder"/>, some left out.</summary>
    public static string FilteredPage(string from, OrderSql order, string columns, long skip, int take) => order.NullPartitions().Count == 1
        ? SortedPage(from, order, columns, skip, take)
        : $"SELECT {columns} FROM ({from}) AS b LIMIT {take} OFFSET {skip}";

    /// <summary>All records in order. OFFSET keeps PostgreSQL from merging the query with conditions around it, so that they are tried on one record
    /// after the other.</summary>
    public static string InOrder(string from, OrderSql order) =>
        string.Join(" UNION ALL ", order.NullPartitions().Select(parts => $"({Partition(from, order, "b.*", parts, "OFFSET 0")})"));

    /// <summary>The first records.</summary>
    public static string Head(string from, OrderSql order, int length) => Walk(from, order, "b.*", 0, length);

    /// <summary>Tells by a row whether there are more records than so many.</summary>
    public static string HasMore(string from, OrderSql order, int than) => Walk(from, order, "1", than, 1);

    /// <summary>Counts records, up to a bound where there is one.</summary>
    public static string Count(string from, int? bound) => bound is null
        ? $"SELECT count(*) FROM ({from}) AS b"
        : $"SELECT count(*) FROM (SELECT 1 FROM ({from}) AS b LIMIT {bound}) AS c";

    /// <summary>The columns of all fields.</summary>
    public static readonly string EveryColumn = Columns(BatchFields.All);

    /// <summary>The columns of fields.</summary>
    public static string Columns(IEnumerable<Field> fields) => string.Join(", ", fields.Select(field => $"b.{field.Column}"));

    /// <summary>Reads a part of a list, stretch after stretch. UNION ALL runs its parts in their order, and a later one only where those before leave
    /// the page unfilled.</summary>
    private static string Walk(string from, OrderSql order, string columns, long skip, int take)
    {
        var stretches = order.NullPartitions();
        return stretches is [var only]
            ? $"{Partition(from, order, columns, only, $"LIMIT {take} OFFSET {skip}")}"
            : $"{string.Join(" UNION ALL ", stretches.Select(parts => $"({Partition(from, order, columns, parts, $"LIMIT {skip + take}")})"))} LIMIT {take} OFFSET {skip}";
    }

    private static string Partition(string from, OrderSql order, string columns, IReadOnlyList<string> parts, string limit)
    {
        string Part(string condition, string what) => $"SELECT {what} FROM ({from}) AS b WHERE {condition} ORDER BY {order.PartitionOrderBy} {limit}";
        return parts is [var only]
            ? Part(only, columns)
            : $"SELECT {columns} FROM ({string.Join(" UNION ALL ", parts.Select(part => $"({Part(part, "b.*")})"))}) AS b ORDER BY {order.PartitionOrderBy} {limit}";
    }
}

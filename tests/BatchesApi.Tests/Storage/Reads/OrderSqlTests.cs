using BatchesApi.Domain;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The order of lists, and how they go on behind a record, as SQL.</summary>
public sealed class OrderSqlTests
{
    private static readonly Batch Last = new()
    {
        Id = "63a5b84c53e1218321c55572",
        BatchCode = "B-1",
        BatchType = "renewal",
        Manager = "maria",
        Rating = 4,
        DueDate = new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc),
    };

    public static TheoryData<string, bool> Sorts => new(
        BatchFields.All.Where(f => f.IsSortable).SelectMany(f => new[] { (f.Name, false), (f.Name, true) }));

    [Theory]
    [MemberData(nameof(Sorts))]
    public void What_has_no_value_comes_last(string name, bool descending)
    {
        var field = BatchFields.Find(name)!;
        var direction = descending ? " DESC" : "";
        var column = $"b.{field.Column}";
        var id = name is "id" or "batchCode" ? "" : $", b.id{direction}";
        var isNullable = name is "manager" or "assignee" or "dueDate" or "summary" or "notes" or "rating";
        var order = new OrderSql(Plans.Of($"sortBy={name}&order={(descending ? "desc" : "asc")}", deleted: name == "deletedAt"));

        // By words, and by reading those that have one first, as an index has them.
        Assert.Equal($"{column}{direction}{(isNullable && descending ? " NULLS LAST" : "")}{id}", order.OrderBy);
        Assert.Equal($"{column}{direction}{id}", order.PartitionOrderBy);
        var parts = name == "notes"
            ? $"{column} IS NOT NULL AND octet_length(notes) <= 2000 | {column} IS NOT NULL AND octet_length(notes) > 2000"
            : $"{column} IS NOT NULL";
        Assert.Equal(isNullable ? $"{parts}; {column} IS NULL" : "TRUE", Text(order));
        Assert.Null(order.SeekPredicate);
    }

    [Theory]
    [InlineData("sortBy=rating,dueDate,batchType&order=asc,desc,asc", "b.rating, b.due_date DESC NULLS LAST, b.batch_type, b.id")]
    [InlineData("sortBy=dueDate,rating&order=desc,desc", "b.due_date DESC NULLS LAST, b.rating DESC NULLS LAST, b.id DESC")]
    public void Several_fields_are_sorted_by_in_their_order(string query, string expected) => Assert.Equal(expected, new OrderSql(Plans.Of(query)).OrderBy);

    [Theory]
    [InlineData("sortBy=rating&order=desc", "b.rating NULLS FIRST, b.id", "b.rating IS NULL; b.rating IS NOT NULL")]
    [InlineData("sortBy=rating&order=asc", "b.rating DESC, b.id DESC", "b.rating IS NULL; b.rating IS NOT NULL")]
    [InlineData("sortBy=createdAt,rating&order=desc,desc", "b.created_at, b.rating NULLS FIRST, b.id", "TRUE")]
    public void From_its_end_a_list_is_read_the_other_way_round(string query, string whole, string stretches)
    {
        var order = new OrderSql(Plans.Of(query), reversed: true);
        Assert.Equal(whole, order.OrderBy);
        Assert.Equal(stretches, Text(order));
    }

    [Theory]

    // Keys in one direction are compared as one.
    [InlineData("", "(b.created_at, b.id) < (@after0, @after1)")]
    [InlineData("order=asc", "(b.created_at, b.id) > (@after0, @after1)")]
    [InlineData("sortBy=batchCode", "(b.batch_code) < (@after0)")]
    [InlineData("sortBy=rating", "b.rating IS NOT NULL AND (b.rating, b.id) < (@after0, @after1); b.rating IS NULL")]
    [InlineData("sortBy=notes,batchType",
        "b.notes IS NULL AND (b.batch_type < @after1 OR b.batch_type = @after1 AND (b.id < @after2))")]

    // Behind a record without a value there are none with one.
    [InlineData("sortBy=assignee", "b.assignee IS NULL AND (b.id < @after1)")]

    // In several directions, or where a later key may be missing, one by one.
    [InlineData("sortBy=batchType,createdAt&order=asc,desc",
        "b.batch_type >= @after0 AND (b.batch_type > @after0 OR b.batch_type = @after0 AND (b.created_at < @after1 OR b.created_at = @after1 AND (b.id > @after2)))")]
    [InlineData("sortBy=batchType,rating",
        "b.batch_type <= @after0 AND (b.batch_type < @after0 OR b.batch_type = @after0 AND (b.rating IS NULL OR b.rating < @after1 OR b.rating = @after1 AND (b.id < @after2)))")]
    [InlineData("sortBy=batchType,assignee",
        "b.batch_type <= @after0 AND (b.batch_type < @after0 OR b.batch_type = @after0 AND (b.assignee IS NULL AND (b.id < @after2)))")]
    public void A_list_goes_on_behind_the_values_of_a_record(string query, string stretches)
    {
        var order = new OrderSql(Plans.Of(query).After(Last));
        Assert.Equal(stretches, Text(order));
        Assert.Equal(Text(order).Split('@').Skip(1).Select(text => text[..6]).Distinct().Order(), order.Parameters.Select(p => p.ParameterName).Order());
    }

    private static string Text(OrderSql order) => string.Join("; ", order.NullPartitions().Select(parts => string.Join(" | ", parts)));
}

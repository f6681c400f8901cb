using BatchesApi.Domain;
using BatchesApi.Storage.Reads;
using Npgsql;
using StorageSql = BatchesApi.Storage.Sql;

namespace BatchesApi.Tests.Storage.Reads;

/// <summary>The order of lists, and how they continue after a record, as SQL.</summary>
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
        BatchFields.All.Where(f => f.IsSortable && f.Kind != FieldKind.Boolean).SelectMany(f => new[] { (f.Name, false), (f.Name, true) }));

    [Theory]
    [MemberData(nameof(Sorts))]
    public void Records_without_a_value_come_last(string name, bool descending)
    {
        var field = BatchFields.Find(name)!;
        var direction = descending ? " DESC" : "";
        var column = $"b.{field.Column}";
        var id = name is "id" or "batchCode" ? "" : $", b.id{direction}";
        var isNullable = name is "manager" or "assignee" or "dueDate" or "summary" or "notes" or "rating";
        var order = new OrderSql(Plans.Of($"sortBy={name}&order={(descending ? "desc" : "asc")}", deleted: name == "deletedAt"));

        // With NULLS LAST, and by reading the records with a value first, as an index has them.
        Assert.Equal($"{column}{direction}{(isNullable && descending ? " NULLS LAST" : "")}{id}", order.OrderBy.ToString());
        var isSorted = name is "summary" or "notes";
        Assert.Equal(isSorted ? order.OrderBy.ToString() : $"{column}{direction}{id}", order.PartitionOrderBy.ToString());
        Assert.Equal(isNullable && !isSorted ? $"{column} IS NOT NULL; {column} IS NULL" : "TRUE", Text(order).ToString());
        Assert.Equal("TRUE", order.SeekPredicate.ToString());
    }

    [Theory]
    [InlineData("sortBy=repeated", "b.repeated; NOT b.repeated", "b.id DESC")]
    [InlineData("sortBy=repeated&order=asc", "NOT b.repeated; b.repeated", "b.id")]
    [InlineData("sortBy=repeated,rating&order=asc,desc", "NOT b.repeated; b.repeated", "b.rating DESC NULLS LAST, b.id")]
    public void A_boolean_is_read_in_two_partitions(string query, string partitions, string orderBy)
    {
        var order = new OrderSql(Plans.Of(query));
        Assert.Equal(partitions, Text(order).ToString());
        Assert.Equal(orderBy, order.PartitionOrderBy.ToString());
    }

    [Theory]
    [InlineData("sortBy=rating,dueDate,batchType&order=asc,desc,asc", "b.rating, b.due_date DESC NULLS LAST, b.batch_type, b.id")]
    [InlineData("sortBy=dueDate,rating&order=desc,desc", "b.due_date DESC NULLS LAST, b.rating DESC NULLS LAST, b.id DESC")]
    public void Several_fields_are_sorted_in_their_order(string query, string expected) =>
        Assert.Equal(expected, new OrderSql(Plans.Of(query)).OrderBy.ToString());

    [Theory]
    [InlineData("sortBy=rating&order=desc", "b.rating NULLS FIRST, b.id", "b.rating IS NULL; b.rating IS NOT NULL")]
    [InlineData("sortBy=rating&order=asc", "b.rating DESC, b.id DESC", "b.rating IS NULL; b.rating IS NOT NULL")]
    [InlineData("sortBy=createdAt,rating&order=desc,desc", "b.created_at, b.rating NULLS FIRST, b.id", "TRUE")]
    public void A_list_is_reversed_from_its_end(string query, string orderBy, string partitions)
    {
        var order = new OrderSql(Plans.Of(query), reversed: true);
        Assert.Equal(orderBy, order.OrderBy.ToString());
        Assert.Equal(partitions, Text(order).ToString());
    }

    [Theory]

    // Keys in one direction are compared as a row.
    [InlineData("", "(b.created_at, b.id) < ($1, $2)", 0, 1)]
    [InlineData("order=asc", "(b.created_at, b.id) > ($1, $2)", 0, 1)]
    [InlineData("sortBy=batchCode", "(b.batch_code) < ($1)", 0)]
    [InlineData("sortBy=rating", "b.rating IS NOT NULL AND ((b.rating, b.id) < ($1, $2)); b.rating IS NULL", 0, 1)]
    [InlineData("sortBy=notes,batchType",
        "b.notes IS NULL AND (b.batch_type < $1 OR b.batch_type = $1 AND (b.id < $2))", 1, 2)]
    [InlineData("sortBy=repeated", "NOT b.repeated AND (b.id < $1)", 1)]
    [InlineData("sortBy=repeated&order=asc", "NOT b.repeated AND (b.id > $1); b.repeated", 1)]

    // After a record without a value, no record has one.
    [InlineData("sortBy=assignee", "b.assignee IS NULL AND (b.id < $1)", 1)]

    // In several directions, or if a later key may be null, keys are compared one by one.
    [InlineData("sortBy=batchType,createdAt&order=asc,desc",
        "b.batch_type >= $1 AND (b.batch_type > $1 OR b.batch_type = $1 AND (b.created_at < $2 OR b.created_at = $2 AND (b.id > $3)))",
        0, 1, 2)]
    [InlineData("sortBy=batchType,rating",
        "b.batch_type <= $1 AND (b.batch_type < $1 OR b.batch_type = $1 AND "
        + "(b.rating IS NULL OR b.rating < $2 OR b.rating = $2 AND (b.id < $3)))", 0, 1, 2)]
    [InlineData("sortBy=batchType,assignee",
        "b.batch_type <= $1 AND (b.batch_type < $1 OR b.batch_type = $1 AND (b.assignee IS NULL AND (b.id < $2)))", 0, 2)]
    public void A_list_continues_after_the_keys_of_a_record(string query, string partitions, params int[] keys)
    {
        var plan = Plans.Of(query).After(Last);
        var sql = Text(new OrderSql(plan));

        using var command = new NpgsqlCommand();
        Assert.Equal(partitions, sql.Write(command.Parameters));
        Assert.Equal(keys.Select(key => plan.After![key]), command.Parameters.Select(parameter => parameter.Value));
    }

    /// <summary>The partitions as one piece of SQL.</summary>
    private static StorageSql Text(OrderSql order) => StorageSql.Join("; ", order.Partitions());
}

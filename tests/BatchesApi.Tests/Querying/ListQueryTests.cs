using BatchesApi.Data;
using BatchesApi.Model;
using BatchesApi.Querying;
using BatchesApi.Requests;
using Microsoft.EntityFrameworkCore;

namespace BatchesApi.Tests.Querying;

public sealed class ListQueryTests : IDisposable
{
    private readonly BatchesContext _db = new DesignTimeContextFactory().CreateDbContext([]);

    public static TheoryData<string, bool> Sorts => new(
        BatchFields.All.Where(f => f.IsSortable).SelectMany(f => new[] { (f.Name, false), (f.Name, true) }));

    public void Dispose() => _db.Dispose();

    [Theory]
    [MemberData(nameof(Sorts))]
    public void A_field_is_sorted_by_with_what_has_no_value_last(string name, bool descending)
    {
        var field = BatchFields.Named(name)!;
        var isDeletion = field == BatchFields.DeletedAt;
        var direction = descending ? " DESC" : "";
        var isNullable = name is "manager" or "assignee" or "dueDate" or "summary" or "notes" or "rating";
        var column = $"b.{BatchStatements.ColumnOf(field)}";

        Assert.Equal(
            (isNullable ? $"{column} IS NULL, " : "") + $"{column}{direction}" + (name == "id" ? "" : $", b.id{direction}"),
            OrderOf(isDeletion, name, descending ? "desc" : "asc"));
    }

    [Fact]
    public void Several_fields_are_sorted_by_in_their_order() => Assert.Equal(
        "b.rating IS NULL, b.rating, b.due_date IS NULL, b.due_date DESC, b.batch_code, b.id",
        OrderOf(deleted: false, "rating,dueDate,batchCode", "asc,desc,asc"));

    [Fact]
    public void The_default_order_is_that_of_the_index_on_living_batches() => Assert.Equal(
        "b.created_at DESC, b.id DESC", OrderOf(deleted: false, null, null));

    [Fact]
    public void The_default_order_of_deleted_batches_is_that_of_their_index() => Assert.Equal(
        "b.deleted_at DESC, b.id DESC", OrderOf(deleted: true, null, null));

    [Theory]
    [InlineData(false, "b.deleted_at IS NULL")]
    [InlineData(true, "b.deleted_at IS NOT NULL")]
    public void A_page_is_of_one_account_and_of_living_or_of_deleted_batches(bool deleted, string state)
    {
        var sql = Sql(deleted, null, null, page: 3);

        Assert.Matches($@"WHERE b\.account_id = @\w+ AND {state}\nORDER BY", sql);
        Assert.Matches(@"-- @accountId='7'", sql);
    }

    [Fact]
    public void A_page_is_cut_out_by_the_database()
    {
        var sql = Sql(deleted: false, null, null, page: 3);

        Assert.Matches(@"\nLIMIT @\w+ OFFSET @\w+\z", sql);
        Assert.Matches(@"-- @\w+='21'", sql);
        Assert.Matches(@"-- @\w+='40'", sql);
    }

    private string OrderOf(bool deleted, string? sortBy, string? order)
    {
        var lines = Sql(deleted, sortBy, order, page: 1).Split('\n');
        return Assert.Single(lines, line => line.StartsWith("ORDER BY ", StringComparison.Ordinal))["ORDER BY ".Length..];
    }

    private string Sql(bool deleted, string? sortBy, string? order, int page)
    {
        var faults = new Faults();
        var request = new ListRequest(
            Limit: 20,
            page,
            SortBy: sortBy is null ? null : new QueryParameter("sortBy", sortBy),
            Order: order is null ? null : new QueryParameter("order", order),
            FieldSet.All,
            CountMode.None,
            Filters: []);
        var plan = ListPlanner.Plan(request, deleted, faults);
        Assert.Empty(faults);
        return ListQuery.Page(_db.BatchesOf(accountId: 7, deleted), plan, take: 21).ToQueryString().ReplaceLineEndings("\n");
    }
}

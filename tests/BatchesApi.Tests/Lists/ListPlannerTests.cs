using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists;

public sealed class ListPlannerTests
{
    private readonly ValidationErrors _errors = new();

    [Theory]

    // The most recent first.
    [InlineData(null, null, "createdAt desc, id desc")]
    [InlineData(null, "desc", "createdAt desc, id desc")]
    [InlineData(null, "asc", "createdAt asc, id asc")]
    [InlineData("rating", null, "rating desc, id desc")]
    [InlineData("rating", "ASC", "rating asc, id asc")]
    [InlineData("rating", "Desc", "rating desc, id desc")]

    // Several keys, with one direction for all or one for each.
    [InlineData("rating,dueDate", null, "rating desc, dueDate desc, id desc")]
    [InlineData("rating,dueDate", "asc", "rating asc, dueDate asc, id asc")]
    [InlineData("rating,dueDate", "asc,desc", "rating asc, dueDate desc, id asc")]
    [InlineData("rating,dueDate", "desc,asc", "rating desc, dueDate asc, id desc")]
    [InlineData("rating,dueDate,manager", "asc,desc,asc", "rating asc, dueDate desc, manager asc, id asc")]

    // Names in any case, with spaces between.
    [InlineData("RATING, duedate", "asc , DESC", "rating asc, dueDate desc, id asc")]

    // The id among the keys makes the order total where it stands.
    [InlineData("id", null, "id desc")]
    [InlineData("id", "asc", "id asc")]
    [InlineData("rating,id", "asc,desc", "rating asc, id desc")]

    // What no two batches share ends it: nothing after that would change it.
    [InlineData("id,rating", "asc,desc", "id asc")]
    [InlineData("batchCode", "asc", "batchCode asc")]
    [InlineData("rating,batchCode,dueDate", "desc,asc,desc", "rating desc, batchCode asc")]
    public void The_order_ends_with_the_id_in_the_direction_of_the_first_key(string? sortBy, string? order, string expected)
    {
        var plan = Plan(sortBy, order);

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(", ", plan.Order));
    }

    [Theory]
    [InlineData(null, null, "deletedAt desc, id desc")]
    [InlineData(null, "asc", "deletedAt asc, id asc")]
    [InlineData("deletedAt,rating", "asc,desc", "deletedAt asc, rating desc, id asc")]
    [InlineData("createdAt", null, "createdAt desc, id desc")]
    [InlineData("batchCode", null, "batchCode desc, id desc")]
    public void Deleted_batches_are_sorted_by_their_deletion(string? sortBy, string? order, string expected)
    {
        var plan = Plan(sortBy, order, deleted: true);

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(", ", plan.Order));
    }

    [Theory]
    [InlineData("asignee", "SortBy names 'asignee', which is not a field of a batch. Did you mean 'assignee'?")]
    [InlineData("accountId", "SortBy names 'accountId', which is not a field of a batch.")]
    [InlineData("account_id", "SortBy names 'account_id', which is not a field of a batch.")]
    [InlineData("rating desc", "SortBy names 'rating desc', which is not a field of a batch.")]
    [InlineData("-rating", "SortBy names '-rating', which is not a field of a batch. Did you mean 'rating'?")]
    [InlineData("rating,", "SortBy names '', which is not a field of a batch.")]
    [InlineData("rating;dueDate", "SortBy names 'rating;dueDate', which is not a field of a batch.")]
    [InlineData("rating,Rating", "SortBy names 'Rating' more than once.")]
    [InlineData("rating,dueDate,rating", "SortBy names 'rating' more than once.")]
    [InlineData("LeadIds",
        "SortBy names 'LeadIds', which cannot be sorted by since it is a list; these can: id, batchCode, batchType, manager, assignee, dueDate, repeated, summary, notes, rating, createdAt, updatedAt, version.")]
    [InlineData("deletedAt",
        "SortBy names 'deletedAt', which cannot be sorted by here; these can: id, batchCode, batchType, manager, assignee, dueDate, repeated, summary, notes, rating, createdAt, updatedAt, version.")]
    public void What_cannot_be_sorted_by_is_a_fault(string sortBy, string error)
    {
        Plan(sortBy, null);

        Assert.Equal([error], _errors.Lines());
    }

    [Theory]
    [InlineData("rating", "up", "Order holds 'up', but a direction is asc or desc.")]
    [InlineData("rating", "ascending", "Order holds 'ascending', but a direction is asc or desc.")]
    [InlineData("rating", "-1", "Order holds '-1', but a direction is asc or desc.")]
    [InlineData("rating,dueDate", "asc,", "Order holds '', but a direction is asc or desc.")]
    [InlineData("rating", "asc,desc", "Order gives 2 directions for 1 sort keys; give one for all, or one for each.")]
    [InlineData(null, "asc,desc", "Order gives 2 directions for 1 sort keys; give one for all, or one for each.")]
    [InlineData("rating,dueDate,notes", "asc,desc", "Order gives 2 directions for 3 sort keys; give one for all, or one for each.")]
    public void What_is_no_direction_is_a_fault(string? sortBy, string order, string error)
    {
        Plan(sortBy, order);

        Assert.Equal([error], _errors.Lines());
    }

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        Plan("colour,leadIds,rating,rating", "up,down,asc");

        Assert.Equal(["SortBy", "SortBy", "SortBy", "Order", "Order", "Order"], _errors.SelectMany(f => f.Value.Select(_ => f.Key)));
    }

    [Theory]
    [InlineData(1, 20, 0)]
    [InlineData(3, 20, 40)]
    [InlineData(int.MaxValue, 1_000, 2_147_483_646_000)]
    public void The_page_tells_how_many_records_come_before(int page, int limit, long expected)
    {
        var keep = default(FieldSet).With(BatchFields.Id);
        var request = new ListRequest(limit, page, SortBy: null, Order: null, keep, CountMode.None, Filters: []);

        var plan = ListPlanner.Plan(request, accountId: 7, Condition.Always, deleted: false, _errors);

        Assert.Equal(expected, plan.Offset);
        Assert.Equal((page, limit, keep, CountMode.None, false), (plan.Page, plan.Limit, plan.Keep, plan.Count, plan.Deleted));
    }

    private ListPlan Plan(string? sortBy, string? order, bool deleted = false) => ListPlanner.Plan(
        new ListRequest(
            Limit: 20,
            Page: 1,
            SortBy: sortBy is null ? null : new QueryParameter("SortBy", sortBy),
            Order: order is null ? null : new QueryParameter("Order", order),
            Keep: FieldSet.All,
            Count: CountMode.Bounded, Filters: []),
        accountId: 7,
        Condition.Always,
        deleted,
        _errors);
}

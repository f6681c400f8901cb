using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists;

public sealed class ListPlannerTests
{
    private readonly ValidationErrors _errors = new();

    [Theory]

    // Newest first.
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

    // Names are case-insensitive and may be surrounded by spaces.
    [InlineData("RATING ,duedate", "asc , DESC", "rating asc, dueDate desc, id asc")]

    // Other words for the directions.
    [InlineData("rating,dueDate", "ascending,Descending", "rating asc, dueDate desc, id asc")]
    [InlineData("rating,dueDate", "1,-1", "rating asc, dueDate desc, id asc")]

    // Signs; a space is a plus that was not encoded, and a key without a sign is descending.
    [InlineData("-rating", null, "rating desc, id desc")]
    [InlineData("+rating", null, "rating asc, id asc")]
    [InlineData(" rating", null, "rating asc, id asc")]
    [InlineData("+rating,-dueDate", null, "rating asc, dueDate desc, id asc")]
    [InlineData("-rating, dueDate", null, "rating desc, dueDate asc, id desc")]
    [InlineData("-rating, -dueDate", null, "rating desc, dueDate desc, id desc")]
    [InlineData("- Rating,+ dueDate ", null, "rating desc, dueDate asc, id desc")]
    [InlineData("+rating,dueDate", null, "rating asc, dueDate desc, id asc")]
    [InlineData("rating,+dueDate", null, "rating desc, dueDate asc, id desc")]
    [InlineData("+batchCode", null, "batchCode asc")]
    [InlineData("+_id", null, "id asc")]
    [InlineData("_ID", "asc", "id asc")]

    // The id may be a key itself.
    [InlineData("id", null, "id desc")]
    [InlineData("id", "asc", "id asc")]
    [InlineData("rating,id", "asc,desc", "rating asc, id desc")]

    // A unique key ends the order: later keys would not change it.
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
    public void Deleted_batches_are_sorted_by_deletedAt_by_default(string? sortBy, string? order, string expected)
    {
        var plan = Plan(sortBy, order, deleted: true);

        Assert.Empty(_errors);
        Assert.Equal(expected, string.Join(", ", plan.Order));
    }

    [Theory]
    [InlineData("asignee", "SortBy unknown field 'asignee'. Did you mean 'assignee'?")]
    [InlineData("accountId", "SortBy unknown field 'accountId'.")]
    [InlineData("account_id", "SortBy unknown field 'account_id'.")]
    [InlineData("rating desc", "SortBy unknown field 'rating desc'. Use sortBy=rating&order=desc.")]
    [InlineData("rating:asc", "SortBy unknown field 'rating:asc'. Use sortBy=rating&order=asc.")]
    [InlineData("rating|desc", "SortBy unknown field 'rating|desc'. Use sortBy=rating&order=desc.")]
    [InlineData("createdAt_desc", "SortBy unknown field 'createdAt_desc'. Use sortBy=createdAt&order=desc.")]
    [InlineData("rating.desc,dueDate.asc", "SortBy unknown field 'rating.desc'. Use sortBy=rating,dueDate&order=desc,asc.")]
    [InlineData("rating,desc", "SortBy unknown field 'desc'. Use sortBy=rating&order=desc.")]
    [InlineData("desc", "SortBy unknown field 'desc'. Use order=desc for the direction.")]
    [InlineData("-", "SortBy unknown field ''.")]
    [InlineData("--rating", "SortBy unknown field '-rating'.")]
    [InlineData("id,_id", "SortBy duplicate field '_id'.")]
    [InlineData("-rating,+rating", "SortBy duplicate field 'rating'.")]
    [InlineData("rating,", "SortBy unknown field ''.")]
    [InlineData("rating;dueDate", "SortBy unknown field 'rating;dueDate'.")]
    [InlineData("rating,Rating", "SortBy duplicate field 'Rating'.")]
    [InlineData("rating,dueDate,rating", "SortBy duplicate field 'rating'.")]
    [InlineData("LeadIds",
        "SortBy cannot sort by array field 'LeadIds'. "
        + "Sortable fields: id, batchCode, batchType, manager, assignee, dueDate, repeated, summary, notes, rating, "
        + "createdAt, updatedAt, version.")]
    [InlineData("deletedAt",
        "SortBy cannot sort active batches by 'deletedAt'. "
        + "Sortable fields: id, batchCode, batchType, manager, assignee, dueDate, repeated, summary, notes, rating, "
        + "createdAt, updatedAt, version.")]
    public void Unsortable_fields_are_rejected(string sortBy, string error)
    {
        Plan(sortBy, null);

        Assert.Equal([error], _errors.Lines());
    }

    [Theory]
    [InlineData("rating", "up", "Order 'up' is not a direction. Use asc or desc.")]
    [InlineData(null, "rating", "Order 'rating' is not a direction. Use sortBy=rating to sort by a field.")]
    [InlineData(null, "-rating", "Order '-rating' is not a direction. Use sortBy=rating&order=desc.")]
    [InlineData(null, "rating desc", "Order 'rating desc' is not a direction. Use sortBy=rating&order=desc.")]
    [InlineData("rating", "0", "Order '0' is not a direction. Use asc or desc.")]
    [InlineData("-rating", "asc",
        "Order cannot be combined with signs in SortBy, where a space before a name counts as +. Use either signs or order.")]
    [InlineData("rating, dueDate", "asc,desc,asc",
        "Order cannot be combined with signs in SortBy, where a space before a name counts as +. Use either signs or order.")]
    [InlineData("rating,dueDate", "asc,", "Order '' is not a direction. Use asc or desc.")]
    [InlineData("rating", "asc,desc", "Order 2 directions for 1 sort field. Use one for all, or one for each.")]
    [InlineData(null, "asc,desc", "Order 2 directions for 1 sort field. Use one for all, or one for each.")]
    [InlineData("rating,dueDate,notes", "asc,desc", "Order 2 directions for 3 sort fields. Use one for all, or one for each.")]
    public void Invalid_directions_are_rejected(string? sortBy, string order, string error)
    {
        Plan(sortBy, order);

        Assert.Equal([error], _errors.Lines());
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        Plan("colour,leadIds,rating,rating", "up,down,asc");

        Assert.Equal(["SortBy", "SortBy", "SortBy", "Order", "Order", "Order"], _errors.SelectMany(f => f.Value.Select(_ => f.Key)));
    }

    [Theory]
    [InlineData(1, 20, 0)]
    [InlineData(3, 20, 40)]
    [InlineData(int.MaxValue, 1_000, 2_147_483_646_000)]
    public void The_offset_follows_from_the_page_and_the_limit(int page, int limit, long expected)
    {
        var keep = default(FieldSet).With(BatchFields.Id);
        var request = new ListRequest(limit, page, SortBy: null, Order: null, keep, CountMode.None, Filters: []);

        var plan = ListPlanner.Plan(request, accountId: 7, Condition.Always, Plans.Values, deleted: false, _errors);

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
        Plans.Values,
        deleted,
        _errors);
}

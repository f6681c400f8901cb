using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Lists;

/// <summary>The advice for parameters of other APIs. It repeats a value only if the result does what the client meant.</summary>
public sealed class ParameterPointersTests
{
    private static readonly string[] History = ["limit", "cursor"];

    private static readonly string[] Groups = [.. GroupPlan.Names];

    [Theory]

    // The size of a page.
    [InlineData("per_page=50", "Use limit=50.")]
    [InlineData("perPage=50", "Use limit=50.")]
    [InlineData("per-page=50", "Use limit=50.")]
    [InlineData("$top=10", "Use limit=10.")]
    [InlineData("page[size]=5", "Use limit=5.")]
    [InlineData("pageSize=5000", "Use limit, at most 1000, as in limit=50.")]
    [InlineData("size=all", "Use limit, at most 1000, as in limit=50.")]

    // The position.
    [InlineData("offset=40", "Use page=3 with limit=20, or cursor.")]
    [InlineData("skip=40&limit=10", "Use page=5 with limit=10, or cursor.")]
    [InlineData("offset=7", "Use page with limit, or cursor with the nextCursor of the last response.")]
    [InlineData("offset=-1", "Use page with limit, or cursor with the nextCursor of the last response.")]
    [InlineData("page_number=0", "Use page. Pages begin with 1, as in page=1.")]
    [InlineData("page[number]=3", "Use page=3.")]
    [InlineData("starting_after=xyz", "Use cursor with the nextCursor of the last response.")]
    [InlineData("pageToken=abc", "Use cursor with the nextCursor of the last response.")]
    [InlineData("ending_before=abc", "Cursors lead forward only. Use page to go back.")]
    [InlineData("start=2026-01-01", "Write conditions on dates in fields, as in fields=createdAt:gte:2026-01-01.")]

    // Filters and search.
    [InlineData("filter=rating:gte:4", "Use fields=rating:gte:4.")]
    [InlineData("filter={\"rating\":4}", "Use p={\"rating\":4}.")]
    [InlineData("where={\"colour\":4}",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter[assignee]=amy", "Use fields=assignee:amy.")]
    [InlineData("filter[rating][gte]=2", "Use fields=rating:gte:2.")]
    [InlineData("$filter=rating ge 2", "Use fields=rating:gte:2.")]
    [InlineData("$filter=assignee eq 'amy'", "Use fields=assignee:amy.")]
    [InlineData("$filter=contains(summary,'x')", "Use fields=summary:contains:x.")]
    [InlineData("$filter=rating ge 2 and rating lt 4",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("search=first quarter", "Use q=first quarter.")]
    [InlineData("$search=R%26D", "Use q=R%26D.")]
    [InlineData("keyword=", "Search in q, as in q=amy.")]

    // The fields of a record.
    [InlineData("select=batchCode,rating", "Use fields=batchCode,rating.")]
    [InlineData("$select=BatchCode due_date", "Use fields=batchCode,dueDate.")]
    [InlineData("fields[]=batchCode&fields[]=rating", "Use fields=batchCode,rating.")]
    [InlineData("fields[batches]=batchCode", "Use fields=batchCode.")]
    [InlineData("include=leads", "Name the fields to return in fields, as in fields=batchCode,assignee.")]
    [InlineData("exclude=notes,leadIds", "Use fields=-notes,-leadIds.")]
    [InlineData("omit=notes,id", "Leave fields out with a minus, as in fields=-notes,-summary.")]

    // The order.
    [InlineData("sort=-rating", "Use sortBy=rating&order=desc.")]
    [InlineData("sort=rating", "Use sortBy=rating&order=asc.")]
    [InlineData("sort=rating,desc", "Use sortBy=rating&order=desc.")]
    [InlineData("sort_by=rating.desc", "Use sortBy=rating&order=desc.")]
    [InlineData("orderBy=created_at desc", "Use sortBy=createdAt&order=desc.")]
    [InlineData("$orderby=rating desc,dueDate", "Use sortBy=rating,dueDate&order=desc,asc.")]
    [InlineData("sort=name", "Name the fields to sort by in sortBy, as in sortBy=-createdAt.")]
    [InlineData("sort=leadIds", "Name the fields to sort by in sortBy, as in sortBy=-createdAt.")]
    [InlineData("dir=desc", "Use order=desc.")]
    [InlineData("desc=true", "Use order=desc.")]
    [InlineData("sortDir=down", "Use order=desc or order=asc.")]

    // Others.
    [InlineData("total=true", "Use count=exact.")]
    [InlineData("$count=false", "Use count=none.")]
    [InlineData("include_total=x", "Use count=exact, count=bounded or count=none.")]
    [InlineData("include_deleted=true", "GET /api/v2/batches lists the active batches, and GET /api/v2/batches/deleted the deleted ones.")]
    [InlineData("ids=a,b", "Use fields=id:in:a|b.")]
    [InlineData("until=2026-12-01", "Write conditions on dates in fields, as in fields=createdAt:lt:2026-12-01.")]
    [InlineData("before=2026-12-01", "Write conditions on dates in fields, as in fields=createdAt:lt:2026-12-01.")]
    [InlineData("after=2026-12-01T00:00:00%2B01:00",
        "Write conditions on dates in fields, as in fields=createdAt:gte:\"2026-12-01T00:00:00%2B01:00\".")]
    [InlineData("desc=1", "Use order=desc or order=asc.")]
    [InlineData("descending=1", "Use order=desc or order=asc.")]
    [InlineData("reverse=true", "Use order=desc or order=asc.")]
    [InlineData("select=-notes", "Use fields=-notes.")]
    [InlineData("select=-notes,rating", "Name the fields to return in fields, as in fields=batchCode,assignee.")]
    [InlineData("select=rating&fields=batchCode", "Name the fields to return in fields, as in fields=batchCode,assignee.")]
    [InlineData("sort=rating&order=desc", "Use sortBy=rating.")]
    [InlineData("sort=-rating&order=asc", "Name the fields to sort by in sortBy, as in sortBy=-createdAt.")]
    [InlineData("dir=asc&sortBy=-rating", "The signs in sortBy give the directions.")]
    [InlineData("dir=asc&order=desc", "Use order=desc or order=asc.")]
    [InlineData("per_page=50&limit=20", "Use limit, at most 1000, as in limit=50.")]
    [InlineData("offset=40&page=2", "Use page with limit, or cursor with the nextCursor of the last response.")]
    [InlineData("offset=2147483647&limit=1", "Use page with limit, or cursor with the nextCursor of the last response.")]
    [InlineData("pageIndex=2", "Use page. Pages begin with 1, as in page=1.")]
    [InlineData("query={\"rating\":4}", "Search in q, as in q=amy.")]
    [InlineData("query=assignee:amy", "Search in q, as in q=amy.")]
    [InlineData("search=\"unclosed", "Search in q, as in q=amy.")]
    [InlineData("search=a b c d e f g h i j k", "Search in q, as in q=amy.")]
    [InlineData("search=amy&q=bob", "Search in q, as in q=amy.")]
    [InlineData("ids=a&ids=b", "Use fields=id:in:a|b.")]
    [InlineData("filter={\"rating\":4}&p={}", "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee:amy AND batchType",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee eq 'amy' and manager eq 'bob'",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee=amy;manager=bob",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee=amy,rating=3", "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee not in ('amy','bob')",
        "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee is not null", "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("filter=assignee eq 'null'", "Use fields=assignee:\"null\".")]
    [InlineData("filter=assignee:amy,rating:gte:4", "Use fields=assignee:amy,rating:gte:4.")]
    [InlineData("access_token=secret", "Send the credential in the header Authorization: Bearer ….")]
    public void A_parameter_of_another_API_gets_a_pointer(string query, string advice) => AssertPointer(query, advice);

    [Theory]
    [InlineData("assignee=amy", "Use fields=assignee:amy.")]
    [InlineData("ASSIGNEE=amy", "Use fields=assignee:amy.")]
    [InlineData("assignee=null", "Use fields=assignee:null.")]
    [InlineData("assignee=a,b", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=a%26%23%2B%25", "Use fields=assignee:a%26%23%2B%25.")]
    [InlineData("assignee[]=amy&assignee[]=bob", "Use fields=assignee:in:amy|bob.")]
    [InlineData("assignee=amy&assignee=bob", "Use fields=assignee:in:amy|bob.")]
    [InlineData("assignee=amy&fields=batchCode", "Add assignee:amy to fields, after a comma if it has other terms.")]
    [InlineData("assignee=amy&fields=", "Use fields=assignee:amy.")]
    [InlineData("assignee=", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("_id=63a5", "Use fields=id:63a5.")]
    [InlineData("p.rating=4", "Use fields=rating:4.")]
    [InlineData("due_date=2026-12-01", "Use fields=dueDate:2026-12-01.")]
    [InlineData("dueDate=2026-12-01T09:30:00Z", "Use fields=dueDate:\"2026-12-01T09:30:00Z\".")]
    [InlineData("dueDate[gte]=2026-12-01", "Use fields=dueDate:gte:2026-12-01.")]
    [InlineData("dueDate[$gte]=2026-12-01", "Use fields=dueDate:gte:2026-12-01.")]
    [InlineData("dueDate__gte=2026-12-01", "Use fields=dueDate:gte:2026-12-01.")]
    [InlineData("due_date_gte=2026-12-01", "Use fields=dueDate:gte:2026-12-01.")]
    [InlineData("rating.gte=4", "Use fields=rating:gte:4.")]
    [InlineData("rating_min=4", "Use fields=rating:gte:4.")]
    [InlineData("min_rating=4", "Use fields=rating:gte:4.")]
    [InlineData("maxRating=4", "Use fields=rating:lte:4.")]
    [InlineData("rating>=4", "Use fields=rating:gte:4.")]
    [InlineData("rating>3", "Use fields=rating:gt:3.")]
    [InlineData("rating!=3", "Use fields=rating:ne:3.")]
    [InlineData("rating__in=1,2", "Use fields=rating:in:1|2.")]
    [InlineData("rating[between]=1,3", "Use fields=rating:gte:1,rating:lte:3.")]
    [InlineData("assignee__icontains=am", "Use fields=assignee:contains:am.")]
    [InlineData("assignee_like=%25am%25", "Use fields=assignee:contains:am.")]
    [InlineData("assignee__isnull=true", "Use fields=assignee:null.")]
    [InlineData("assignee__isnull=false", "Use fields=assignee:ne:null.")]
    [InlineData("assignee=!amy", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=-amy", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=not.eq.amy", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=notnull", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=am*", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=amy and bob", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=\"amy", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=O'Brien", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=(amy", "Write conditions in fields, as in fields=assignee:amy.")]
    [InlineData("assignee=neq.amy", "Use fields=assignee:ne:amy.")]
    [InlineData("assignee=ne:amy", "Use fields=assignee:ne:amy.")]
    [InlineData("assignee=in.(amy,bob)", "Use fields=assignee:in:amy|bob.")]
    [InlineData("assignee=is.null", "Use fields=assignee:null.")]
    [InlineData("rating=<4", "Use fields=rating:lt:4.")]
    [InlineData("rating=>4", "Use fields=rating:gt:4.")]
    [InlineData("rating>3&fields=batchCode", "Add rating:gt:3 to fields, after a comma if it has other terms.")]
    [InlineData("assignee=Smith, Amy", "Use fields=assignee:\"Smith, Amy\".")]
    [InlineData("assignee_nin=amy", "Use p={\"assignee\":{\"$nin\":[\"amy\"]}}.")]
    [InlineData("assignee[ncontains]=amy", "Negate conditions in p, as in p={\"assignee\":{\"$not\":{\"$contains\":…}}}.")]
    [InlineData("assignee_ne=amy&assignee_ne=bob", "Write conditions in fields, as in fields=assignee:ne:amy.")]
    [InlineData("leadIds_isEmpty=true", "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("createdAt_like=2026-12-01", "Write conditions in fields or p, as in fields=assignee:amy or p={\"assignee\":\"amy\"}.")]
    [InlineData("rating=abc", "Write conditions in fields, as in fields=rating:gte:4.")]
    [InlineData("assignee__iendswith=am", "The end of a text cannot be compared. The operators for text are contains and startsWith.")]
    public void A_field_as_a_parameter_gets_a_condition(string query, string advice) => AssertPointer(query, advice);

    [Theory]
    [InlineData("foo=bar")]
    [InlineData("rating_foo=4")]
    [InlineData("x[y]=4")]
    [InlineData("=4")]
    [InlineData("-q=amy")]
    [InlineData("-assignee=amy")]
    [InlineData("not_assignee=amy")]
    [InlineData("assignee__iexact=amy")]
    public void An_unknown_word_gets_the_list_of_parameters(string query) => AssertPointer(
        query, "Parameters: limit, page, sortBy, order, fields, p, q, cursor, count.");

    [Fact]
    public void A_long_name_gets_no_pointer() => AssertPointer(
        new string('_', 20_000), "Parameters: limit, page, sortBy, order, fields, p, q, cursor, count.");

    [Theory]
    [InlineData("per_page=50", "Use limit=50.")]
    [InlineData("offset=40", "Use cursor with the nextCursor of the last response.")]
    [InlineData("assignee=amy", "Parameters: limit, cursor.")]
    [InlineData("search=x", "Parameters: limit, cursor.")]
    [InlineData("sort=rating", "Parameters: limit, cursor.")]
    [InlineData("select=id", "Parameters: limit, cursor.")]
    [InlineData("deleted=true", "Parameters: limit, cursor.")]
    [InlineData("start=2026-01-01", "Parameters: limit, cursor.")]
    public void A_pointer_names_only_parameters_of_the_operation(string query, string advice) => AssertPointer(query, advice, History);

    [Theory]
    [InlineData("group_by=assignee", "Use by=assignee.")]
    [InlineData("groupBy=dueDate:month", "Use by=dueDate:month.")]
    [InlineData("groupBy=dueDate", "Name the fields to group by in by, as in by=assignee.")]
    [InlineData("groupBy=rating&by=assignee", "Name the fields to group by in by, as in by=assignee.")]
    [InlineData("top=10", "Use limit=10.")]
    [InlineData("assignee=amy", "Use fields=assignee:amy.")]
    [InlineData("search=x", "Use q=x.")]
    [InlineData("sort=count", "Parameters: by, limit, fields, p, q.")]
    [InlineData("order=asc", "Parameters: by, limit, fields, p, q.")]
    [InlineData("select=assignee", "Parameters: by, limit, fields, p, q.")]
    [InlineData("offset=100", "Parameters: by, limit, fields, p, q.")]
    [InlineData("count=exact", "Parameters: by, limit, fields, p, q.")]
    [InlineData("deleted=true", "Only active batches are grouped.")]
    public void Groups_have_pointers_to_their_parameters(string query, string advice) => AssertPointer(query, advice, Groups);

    [Theory]
    [InlineData("by=assignee")]
    [InlineData("groupBy=assignee")]
    public void A_list_points_to_groups(string query) =>
        AssertPointer(query, "GET /api/v2/batches/groups?by=assignee counts the batches of each assignee.");

    [Fact]
    public void A_retrieve_has_only_fields_to_point_to()
    {
        AssertPointer("select=rating", "Use fields=rating.", ["fields"]);
        AssertPointer("rating=4", "Parameters: fields.", ["fields"]);
    }

    [Fact]
    public void Several_conditions_are_added_to_fields()
    {
        var query = new DefaultHttpContext { Request = { QueryString = new QueryString("?assignee=a%26b&rating=4") } }.Request.Query;
        var pointers = new ParameterPointers(query.Keys, name => query[name], ListRequest.Names);
        Assert.Equal(
            "Add assignee:a%26b to fields, after a comma if it has other terms.", pointers.Get("assignee", query["assignee"]));
        Assert.Equal("Add rating:4 to fields, after a comma if it has other terms.", pointers.Get("rating", query["rating"]));
    }

    [Fact]
    public void A_page_has_the_size_that_the_request_gives()
    {
        var query = new DefaultHttpContext { Request = { QueryString = new QueryString("?$skip=100&$top=50") } }.Request.Query;
        var pointers = new ParameterPointers(query.Keys, name => query[name], ListRequest.Names);
        Assert.Equal("Use page=3 with limit=50, or cursor.", pointers.Get("$skip", query["$skip"]));
        Assert.Equal("Use limit=50.", pointers.Get("$top", query["$top"]));
    }

    private static void AssertPointer(string query, string advice, IReadOnlyCollection<string>? known = null)
    {
        known ??= ListRequest.Names;
        var errors = new ValidationErrors();
        var given = new DefaultHttpContext { Request = { QueryString = new QueryString($"?{query}") } }.Request.Query;
        QueryParameters.Parse(given, known, strict: true, errors, new ParameterPointers(given.Keys, name => given[name], known).Get);
        Assert.Equal($"is not a parameter of this operation. {advice}", Assert.Single(Assert.Single(errors).Value));
    }
}

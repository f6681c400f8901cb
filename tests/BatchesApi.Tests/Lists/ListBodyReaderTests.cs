using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists;

/// <summary>The body of a search means the same as the query of a list (specification, section 3.13).</summary>
public sealed class ListBodyReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("{}", "")]
    [InlineData("""{"p":null,"q":null,"fields":[],"sortBy":"","order":null,"limit":null,"page":null,"cursor":"","count":null}""", "")]
    [InlineData("""{"limit":5,"page":3,"count":"EXACT"}""", "limit=5&page=3&count=exact")]
    [InlineData("""{"limit":5.0,"page":3e0}""", "limit=5&page=3")]
    [InlineData("""{"sortBy":["rating","dueDate"],"order":["asc","desc"]}""", "sortBy=rating,dueDate&order=asc,desc")]
    [InlineData("""{"sortBy":"rating, dueDate","order":"ASC, desc"}""", "sortBy=rating,dueDate&order=asc,desc")]
    [InlineData("""{"sortBy":["-rating"," +dueDate"]}""", "sortBy=-rating,%2BdueDate")]
    [InlineData("""{"fields":["batchCode","assignee:amy,rating:gte:4"]}""", "fields=batchCode,assignee:amy,rating:gte:4")]
    [InlineData("""{"fields":"-notes,assignee:amy"}""", "fields=-notes,assignee:amy")]
    [InlineData("""{"q":"first -quarter"}""", "q=first -quarter")]
    [InlineData("""{"p":{"$or":[{"rating":4},{"dueDate":{"$lt":{"$now":"-3d"}}}]}}""",
        "p={\"$or\":[{\"rating\":4},{\"dueDate\":{\"$lt\":{\"$now\":\"-3d\"}}}]}")]
    [InlineData("""{"fields":["rating:gte:4"],"q":"amy","p":{"assignee":{"$me":true}},"count":"none"}""",
        "fields=rating:gte:4&q=amy&p={\"assignee\":{\"$me\":true}}&count=none")]
    [InlineData(" \uFEFF{ \"limit\" : 1 }\n", "limit=1")]
    public void A_body_equals_the_query_with_the_same_parameters(string body, string query)
    {
        var errors = new ValidationErrors();
        var read = Read(body, errors);
        var plan = ListPlanner.Plan(read.Value, Plans.Account, Condition.Always, Plans.Values, deleted: false, errors);
        Assert.Empty(errors);
        Assert.Equal($"{Plans.Of(query)} {Plans.Of(query).Keep}", $"{plan} {plan.Keep}");
    }

    [Theory]
    [InlineData("""{"limit":0}""", "limit must be a whole number from 1 to 1,000.")]
    [InlineData("""{"limit":4.5}""", "limit must be a whole number from 1 to 1,000.")]
    [InlineData("""{"limit":1e400}""", "limit must be a whole number from 1 to 1,000.")]
    [InlineData("""{"limit":"100"}""", "limit must be a number, but is a string.")]
    [InlineData("""{"page":[1]}""", "page must be a number, but is an array.")]
    [InlineData("""{"q":4}""", "q must be a string, but is a number.")]
    [InlineData("""{"q":["a"]}""", "q must be a string, but is an array.")]
    [InlineData("""{"q":"\ud800"}""", "q must not contain U+0000 or an unpaired surrogate")]
    [InlineData("""{"cursor":true}""", "cursor must be a string, but is true.")]
    [InlineData("""{"cursor":"abc"}""", "cursor not a cursor of this list.")]
    [InlineData("""{"count":"all"}""", "count must be exact, bounded or none.")]
    [InlineData("""{"sortBy":4}""", "sortBy must be an array of strings, but is a number.")]
    [InlineData("""{"sortBy":["rating",4]}""", "sortBy[1] must be a string, but is a number.")]
    [InlineData("""{"sortBy":["ratings"]}""", "sortBy unknown field 'ratings'. Did you mean 'rating'?")]
    [InlineData("""{"order":{"rating":"asc"}}""", "order must be an array of strings, but is an object.")]
    [InlineData("""{"order":["up"]}""", "order 'up' is not a direction.")]
    [InlineData("""{"fields":[["a"]]}""", "fields[0] must be a string, but is an array.")]
    [InlineData("""{"fields":["batchCode","colour:red"]}""", "fields unknown field 'colour' at character 11.")]
    [InlineData("""{"p":"{\"rating\":4}"}""",
        "p expected a JSON object of conditions, such as {\"rating\":{\"$gte\":4}}. Send the object itself")]
    [InlineData("""{"p":[]}""", "p expected a JSON object of conditions")]
    [InlineData("""{"p":{"$or":[{},{"rating":"4"}]}}""", "p.$or[1].rating expected an integer or null.")]
    [InlineData("""{"p":{"rating":4,"rating":5}}""", "p.rating must not be given more than once.")]
    [InlineData("""{"limit":1,"limit":2}""", "limit must not be given more than once.")]
    [InlineData("""{"p":{},"p":{}}""", "p must not be given more than once.")]
    [InlineData("""{"limits":1}""", "limits is not a member of a search. Did you mean 'limit'? Members: limit, page, ")]
    [InlineData("""{"Limit":1}""", "Limit is not a member of a search. Did you mean 'limit'? ")]
    [InlineData("""{"pageSize":1}""", "pageSize is not a member of a search. Use limit.")]
    [InlineData("""{"filter":{}}""", "filter is not a member of a search. Write conditions in p.")]
    [InlineData("""{"$or":[]}""", "$or is not a member of a search. Write conditions in p.")]
    [InlineData("""{"assignee":"amy"}""", "assignee is not a member of a search. Write conditions in p, as in {\"p\":{\"assignee\":…}}.")]
    [InlineData("""{"\ud800":1}""", "\uFFFD is not a member of a search. Members: ")]
    public void A_mistake_is_reported_under_its_member(string body, string error)
    {
        var errors = new ValidationErrors();
        var read = Read(body, errors);
        ListPlanner.Plan(read.Value, Plans.Account, Condition.Always, Plans.Values, deleted: false, errors);
        Assert.StartsWith(error, Assert.Single(errors.Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        var errors = new ValidationErrors();
        Read("""{"limit":"x","q":1,"p":{"ratin":1},"fields":[1,2],"size":3,"sortBy":false,"count":"x"}""", errors);
        Assert.Equal(["limit", "q", "fields[0]", "fields[1]", "size", "sortBy", "count"], errors.Names());
    }

    [Fact]
    public void A_lenient_reader_ignores_unknown_members()
    {
        var errors = new ValidationErrors();
        Assert.Equal(7, Read("""{"size":3,"limit":7,"assignee":"amy"}""", errors, strict: false).Value.Limit);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("[]",
        "The body must be a JSON object, but is an array. Send an object, such as {\"p\":{\"rating\":{\"$gte\":4}},\"limit\":100}.")]
    [InlineData("4", "The body must be a JSON object, but is a number.")]
    [InlineData("null", "The body must be a JSON object, but is null.")]
    [InlineData("{\"limit\":1", "The body is not valid JSON: error at line 1, byte 11. The end is missing: '}'.")]
    [InlineData("{\"limit\":1,}", "The body is not valid JSON: error at line 1, byte 12. Remove the comma before '}'.")]
    [InlineData("limit=1", "The body is not valid JSON: error at line 1, byte 1. Send an object, such as {\"p\":")]
    [InlineData("{\"q\":\"\u0001\"}", "The body is not valid JSON: ")]
    public void A_malformed_body_is_a_problem(string body, string detail) =>
        Assert.StartsWith(detail, Read(body, new ValidationErrors()).Problem!.Detail, StringComparison.Ordinal);

    [Fact]
    public void A_body_that_is_not_UTF8_is_a_problem()
    {
        var body = new RequestBody((byte[])[.. "{\"q\":\""u8, 0xFF, .. "\"}"u8], BodyFormat.Json);
        var read = ListBodyReader.Read(body, strict: true, new ValidationErrors());
        Assert.StartsWith("The body is not valid UTF-8", read.Problem!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(63, null)]
    [InlineData(64, "JSON may be at most 65 levels deep.")]
    [InlineData(10_000, "JSON may be at most 65 levels deep.")]
    public void The_depth_is_that_of_p(int depth, string? problem)
    {
        var errors = new ValidationErrors();
        var read = Read($"{{\"p\":{{\"rating\":{new string('[', depth)}{new string(']', depth)}}}}}", errors);
        Assert.Equal(problem is null, errors.HasErrors);
        Assert.EndsWith(problem ?? "", read.Problem?.Detail ?? "", StringComparison.Ordinal);
        Assert.Equal(problem is null, read.Problem is null);
    }

    private static Result<ListRequest> Read(string body, ValidationErrors errors, bool strict = true) =>
        ListBodyReader.Read(new RequestBody(Encoding.UTF8.GetBytes(body), BodyFormat.Json), strict, errors);
}

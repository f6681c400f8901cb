namespace BatchesApi.Tests.Lists.Filters;

public sealed class FilterPlannerTests
{
    [Theory]
    [InlineData("{}", "always")]
    [InlineData("""{"$nor":[{}]}""", "never")]
    [InlineData("""{"$or":[{},{"rating":1}]}""", "always")]
    [InlineData("""{"$and":[{"rating":1},{"$and":[{"version":2},{"rating":3}]}]}""", "rating = 1 and version = 2 and rating = 3")]
    [InlineData("""{"$nor":[{"rating":{"$gt":1}},{"repeated":true}]}""", "(rating is missing or rating <= 1) and repeated = false")]
    [InlineData("""{"$nor":[{"$nor":[{"rating":{"$gt":1}}]}]}""", "rating > 1")]
    [InlineData("""{"$nor":[{"$and":[{"version":1},{"version":2}]}]}""", "version <> 1 or version <> 2")]
    [InlineData("""{"version":{"$not":{"$gte":2,"$lt":4}}}""", "version < 2 or version >= 4")]
    [InlineData("""{"version":{"$not":{"$not":{"$gte":2}}}}""", "version >= 2")]
    public void Negation_is_pushed_down_to_the_leaves(string p, string condition) => Assert.Equal(condition, Sql.Plan(p).ToString());

    [Theory]
    [InlineData("""{"batchCode":null}""", "never")]
    [InlineData("""{"batchCode":{"$ne":null}}""", "always")]
    [InlineData("""{"batchCode":{"$exists":true}}""", "always")]
    [InlineData("""{"assignee":{"$exists":false}}""", "assignee is missing")]
    [InlineData("""{"assignee":{"$not":{"$exists":false}}}""", "assignee is not missing")]
    [InlineData("""{"assignee":{"$in":[null]}}""", "assignee is missing")]
    [InlineData("""{"assignee":{"$nin":[null]}}""", "assignee is not missing")]
    [InlineData("""{"assignee":{"$in":[]}}""", "never")]
    [InlineData("""{"assignee":{"$nin":[]}}""", "always")]
    [InlineData("""{"assignee":{"$in":["a","a",null,null]}}""", "assignee is missing or assignee in [\"a\"]")]
    public void A_field_without_a_value_is_missing(string p, string condition) => Assert.Equal(condition, Sql.Plan(p).ToString());

    [Theory]
    [InlineData(
        """{"$or":[{"leadIds":{"$elemMatch":{"$gt":"a","$lt":"b"}}},{"rating":1},{"leadIds":{"$elemMatch":{"$gt":"c","$lt":"d"}}}]}""",
        "some element of leadIds ((leadIds > \"a\" and leadIds < \"b\") or (leadIds > \"c\" and leadIds < \"d\")) or rating = 1")]
    [InlineData("""{"$nor":[{"leadIds":{"$elemMatch":{"$gt":"a"}}},{"leadIds":{"$elemMatch":{"$gt":"c"}}}]}""",
        "no element of leadIds (leadIds > \"a\" or leadIds > \"c\")")]
    [InlineData("""{"$and":[{"leadIds":{"$gt":"a"}},{"leadIds":{"$gt":"c"}}]}""",
        "some element of leadIds (leadIds > \"a\") and some element of leadIds (leadIds > \"c\")")]
    [InlineData("""{"$or":[{"leadIds":{"$gt":"a"}},{"opportunityIds":{"$gt":"c"}}]}""",
        "some element of leadIds (leadIds > \"a\") or some element of opportunityIds (opportunityIds > \"c\")")]
    [InlineData("""{"$or":[{"leadIds":{"$gt":"a"}},{"$or":[{"rating":1},{"leadIds":{"$gt":"c"}}]}]}""",
        "some element of leadIds (leadIds > \"a\" or leadIds > \"c\") or rating = 1")]
    public void Alternatives_for_an_element_are_merged(string p, string condition) => Assert.Equal(condition, Sql.Plan(p).ToString());

    [Theory]
    [InlineData("4.0", "rating = 4")]
    [InlineData("40e-1", "rating = 4")]
    [InlineData("0.4e1", "rating = 4")]
    [InlineData("-0.0", "rating = 0")]
    [InlineData("6", "never")]
    [InlineData("1e308", "never")]
    [InlineData("""{"$ne":99999999999}""", "always")]
    [InlineData("""{"$gt":99999999999}""", "never")]
    [InlineData("""{"$gt":-99999999999}""", "rating is not missing")]
    [InlineData("""{"$gte":-1e30}""", "rating is not missing")]
    [InlineData("""{"$lt":1e30}""", "rating is not missing")]
    [InlineData("""{"$lte":-1e30}""", "never")]
    [InlineData("""{"$not":{"$lte":-1e30}}""", "always")]
    [InlineData("""{"$nin":[7,3]}""", "rating is missing or rating not in [3]")]
    public void Numbers_compare_as_numbers(string operand, string condition) =>
        Assert.Equal(condition, Sql.Plan($$"""{"rating":{{operand}} }""").ToString());

    [Theory]
    [InlineData("\"2026-12-01T03:00:00+03:00\"", "createdAt = 2026-12-01T00:00:00Z")]
    [InlineData("\"2026-12-01T03:00:00 03:00\"", "createdAt = 2026-12-01T00:00:00Z")]
    [InlineData("\"2026-12-01T00:00:00.0000010\"", "createdAt = 2026-12-01T00:00:00.000001Z")]
    [InlineData("\"2026-12-01T00:00:00.0000001Z\"", "never")]
    [InlineData("""{"$ne":"2026-12-01T00:00:00.0000001Z"}""", "always")]
    [InlineData("""{"$in":["2026-12-01T00:00:00.0000001Z"]}""", "never")]
    [InlineData("""{"$gt":"2026-12-01T00:00:00.0000001Z"}""", "createdAt > 2026-12-01T00:00:00Z")]
    [InlineData("""{"$gte":"2026-12-01T00:00:00.0000001Z"}""", "createdAt > 2026-12-01T00:00:00Z")]
    [InlineData("""{"$lt":"2026-12-01T00:00:00.0000001Z"}""", "createdAt <= 2026-12-01T00:00:00Z")]
    [InlineData("""{"$lte":"2026-12-01T00:00:00.0000001Z"}""", "createdAt <= 2026-12-01T00:00:00Z")]
    public void Dates_compare_as_instants(string operand, string condition) =>
        Assert.Equal(condition, Sql.Plan($$"""{"createdAt":{{operand}} }""").ToString());

    [Theory]
    [InlineData("""{"$gt":false}""", "repeated = true")]
    [InlineData("""{"$gt":true}""", "never")]
    [InlineData("""{"$gte":false}""", "always")]
    [InlineData("""{"$lt":true}""", "repeated = false")]
    [InlineData("""{"$lte":true}""", "always")]
    [InlineData("""{"$not":{"$lt":true}}""", "repeated = true")]
    public void False_is_less_than_true(string operand, string condition) =>
        Assert.Equal(condition, Sql.Plan($$"""{"repeated":{{operand}} }""").ToString());

    [Theory]
    [InlineData("null", "never")]
    [InlineData("""{"$ne":null}""", "always")]
    [InlineData("""{"$in":[]}""", "never")]
    [InlineData("""{"$nin":[null]}""", "always")]
    [InlineData("""{"$in":[null,"a"]}""", "leadIds has any of [\"a\"]")]
    [InlineData("""{"$exists":false}""", "never")]
    [InlineData("""{"$all":[]}""", "never")]
    [InlineData("""{"$not":{"$all":[]}}""", "always")]
    [InlineData("""{"$all":["a",null]}""", "never")]
    [InlineData("""{"$size":99999999999}""", "never")]
    [InlineData("""{"$elemMatch":{"$eq":null}}""", "never")]
    [InlineData("""{"$elemMatch":{"$ne":null}}""", "size of leadIds <> 0")]
    [InlineData("""{"$elemMatch":{"$eq":"a"}}""", "leadIds has any of [\"a\"]")]
    [InlineData("""{"$elemMatch":{"$not":{"$gte":"a","$lt":"b"}}}""", "some element of leadIds (leadIds < \"a\" or leadIds >= \"b\")")]
    [InlineData("""{"$not":{"$elemMatch":{"$gte":"a","$lt":"b"}}}""", "no element of leadIds (leadIds >= \"a\" and leadIds < \"b\")")]
    public void An_array_is_never_missing(string operand, string condition) =>
        Assert.Equal(condition, Sql.Plan($$"""{"leadIds":{{operand}} }""").ToString());

    [Theory]
    [InlineData("assignee:amy", """{"assignee":"amy"}""")]
    [InlineData("Assignee:EQ:amy", """{"assignee":"amy"}""")]
    [InlineData("assignee:ne:null", """{"assignee":{"$ne":null}}""")]
    [InlineData("assignee:\"null\"", """{"assignee":"null"}""")]
    [InlineData("rating:gte:2,rating:lt:4.0", """{"rating":{"$gte":2,"$lt":4}}""")]
    [InlineData("rating:in:1|2|null", """{"rating":{"$in":[1,2,null]}}""")]
    [InlineData("repeated:true", """{"repeated":true}""")]
    [InlineData("dueDate:lte:2026-12-01", """{"dueDate":{"$lte":"2026-12-01"}}""")]
    [InlineData("dueDate:lt:\"2026-12-01T00:00:00+03:00\"", """{"dueDate":{"$lt":"2026-12-01T00:00:00+03:00"}}""")]
    [InlineData("leadIds:a,opportunityIds:in:b|c", """{"leadIds":"a","opportunityIds":{"$in":["b","c"]}}""")]
    [InlineData("leadIds:gt:a", """{"leadIds":{"$gt":"a"}}""")]
    [InlineData("leadIds:null", """{"leadIds":null}""")]
    public void A_condition_in_fields_equals_the_same_condition_in_p(string fields, string p) =>
        Assert.Equal(Sql.Plan(p).ToString(), Sql.PlanFields(fields).ToString());
}

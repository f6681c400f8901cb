using BatchesApi.Domain;

namespace BatchesApi.Tests.Lists.Filters;

/// <summary>The fields on which a condition depends. An omitted field would be missing when the condition is evaluated on an earlier
/// version.</summary>
public sealed class ConditionFieldsTests
{
    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"assignee":"amy"}""", "assignee")]
    [InlineData("""{"assignee":null}""", "assignee")]
    [InlineData("""{"rating":{"$gte":3,"$ne":4}}""", "rating")]
    [InlineData("""{"batchType":{"$in":["a","b"]}}""", "batchType")]
    [InlineData("""{"summary":{"$contains":"a"}}""", "summary")]
    [InlineData("""{"notes":{"$not":{"$startsWith":"a"}}}""", "notes")]
    [InlineData("""{"leadIds":"a"}""", "leadIds")]
    [InlineData("""{"leadIds":["a"]}""", "leadIds")]
    [InlineData("""{"leadIds":{"$size":1}}""", "leadIds")]
    [InlineData("""{"opportunityIds":{"$elemMatch":{"$gt":"a","$lt":"b"}}}""", "opportunityIds")]
    [InlineData("""{"$or":[{"rating":1},{"$nor":[{"manager":"m"},{"version":2}]}],"dueDate":{"$lt":{"$now":"+1d"}}}""",
        "manager,dueDate,rating,version")]
    public void Each_condition_names_its_fields(string filter, string fields)
    {
        var where = Plans.Of($"p={Uri.EscapeDataString(filter)}").Where;
        Assert.Equal(fields, string.Join(',', BatchFields.All.Where(where.GetFields().Contains)));
    }

    [Fact]
    public void A_search_depends_on_the_searched_fields()
    {
        var where = Plans.Of("q=a").Where;
        Assert.All(BatchFields.All.Where(field => field.IsSearched), field => Assert.True(where.GetFields().Contains(field)));
    }
}

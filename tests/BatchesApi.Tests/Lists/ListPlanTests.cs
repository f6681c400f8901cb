using BatchesApi.Domain;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Tests.Lists;

/// <summary>The properties of a plan that determine how it is run.</summary>
public sealed class ListPlanTests
{
    private const string Lead = "63a5b84c53e1218321c55001";

    [Theory]

    // Every sortable field has an index, for both directions.
    [InlineData("")]
    [InlineData("order=asc")]
    [InlineData("sortBy=id")]
    [InlineData("sortBy=batchCode")]
    [InlineData("sortBy=batchType&order=asc")]
    [InlineData("sortBy=manager")]
    [InlineData("sortBy=assignee&order=asc")]
    [InlineData("sortBy=dueDate")]
    [InlineData("sortBy=repeated")]
    [InlineData("sortBy=rating")]
    [InlineData("sortBy=createdAt")]
    [InlineData("sortBy=updatedAt")]
    [InlineData("sortBy=assignee,createdAt")]
    [InlineData("sortBy=batchType,rating&order=asc")]

    // An equality on the field before it in the index.
    [InlineData("fields=assignee:amy")]
    [InlineData("fields=manager:amy&order=asc")]
    [InlineData("fields=batchType:renewal&sortBy=rating")]
    [InlineData("fields=rating:4&sortBy=id")]
    [InlineData("fields=batchType:renewal,rating:4&sortBy=id")]
    [InlineData("fields=rating:4,batchType:renewal&sortBy=id")]
    [InlineData("p={\"$and\":[{\"batchType\":\"renewal\"},{\"rating\":{\"$eq\":4}}]}&sortBy=id")]
    [InlineData("p={\"assignee\":\"amy\"}&sortBy=createdAt&page=5000&limit=1000&count=exact")]
    public void An_index_covers_the_order_of_a_list(string query) => Assert.True(Plans.Of(query).IsIndexOnlyOrder);

    [Theory]
    [InlineData("")]
    [InlineData("sortBy=deletedAt&order=asc")]
    [InlineData("sortBy=batchCode")]
    [InlineData("sortBy=rating")]
    [InlineData("fields=assignee:amy&sortBy=createdAt")]
    public void An_index_covers_the_order_of_a_list_of_deleted_batches(string query) =>
        Assert.True(Plans.Of(query, deleted: true).IsIndexOnlyOrder);

    [Theory]

    // No index has these keys in this order.
    [InlineData("sortBy=summary")]
    [InlineData("sortBy=notes")]
    [InlineData("sortBy=version")]
    [InlineData("sortBy=rating,dueDate")]
    [InlineData("sortBy=rating,batchType")]
    [InlineData("sortBy=batchType,rating&order=asc,desc")]
    [InlineData("sortBy=rating,id&order=asc,desc")]

    // No index has this equality before the order.
    [InlineData("fields=assignee:amy&sortBy=rating")]
    [InlineData("fields=assignee:amy&sortBy=createdAt,id&order=asc,desc")]
    [InlineData("fields=batchType:renewal")]
    [InlineData("fields=rating:4")]
    [InlineData("fields=batchCode:B-1")]
    [InlineData("fields=createdAt:\"2026-12-01\"&sortBy=assignee")]
    [InlineData("fields=assignee:amy,batchType:renewal")]
    [InlineData("fields=assignee:amy,assignee:bob")]

    // Other conditions than one equality do not select a contiguous range of an index.
    [InlineData("fields=assignee:ne:amy")]
    [InlineData("fields=assignee:null")]
    [InlineData("fields=assignee:in:amy|bob")]
    [InlineData("fields=assignee:gte:amy")]
    [InlineData("fields=rating:gte:4&sortBy=rating")]
    [InlineData("fields=assignee:amy,rating:gte:4")]
    [InlineData("p={\"$or\":[{\"assignee\":\"amy\"},{\"assignee\":\"bob\"}]}")]
    [InlineData("q=amy")]
    [InlineData("fields=assignee:contains:amy")]
    [InlineData("p={\"leadIds\":\"a\"}")]

    // Its index excludes long values.
    [InlineData("fields=notes:short&sortBy=id")]
    public void No_index_covers_the_order_of_other_lists(string query) => Assert.False(Plans.Of(query).IsIndexOnlyOrder);

    [Theory]
    [InlineData("sortBy=deletedAt&fields=assignee:amy")]
    [InlineData("sortBy=deletedAt,rating")]
    [InlineData("sortBy=batchCode&fields=assignee:amy")]
    public void No_index_covers_the_order_of_other_lists_of_deleted_batches(string query) =>
        Assert.False(Plans.Of(query, deleted: true).IsIndexOnlyOrder);

    [Theory]
    [InlineData("q=amy", true)]
    [InlineData("q=amy -bob", true)]
    [InlineData("fields=notes:contains:amy", true)]
    [InlineData("fields=notes:startsWith:amy", true)]
    [InlineData("fields=notes:contains:amy,assignee:amy", true)]
    [InlineData("", false)]
    [InlineData("q=-amy", false)]
    [InlineData("fields=assignee:amy", false)]
    [InlineData("fields=leadIds:contains:63a5", false)]
    [InlineData("p={\"leadIds\":\"a\"}", false)]
    public void A_list_has_a_text_search_if_a_text_must_occur(string query, bool expected) =>
        Assert.Equal(expected, Plans.Of(query).HasTextSearch);

    [Theory]
    [InlineData($"fields=leadIds:{Lead}", true)]
    [InlineData($"fields=leadIds:{Lead},rating:gte:4", true)]
    [InlineData("p={\"leadIds\":{\"$in\":[\"a\",\"b\"]}}", true)]
    [InlineData("p={\"opportunityIds\":{\"$all\":[\"a\",\"b\"]}}", true)]
    [InlineData("p={\"leadIds\":{\"$elemMatch\":{\"$in\":[\"a\",\"b\"]}}}", true)]
    [InlineData("p={\"$or\":[{\"leadIds\":\"a\"},{\"opportunityIds\":\"b\"}]}", true)]
    [InlineData($"q={Lead}", true)]
    [InlineData("", false)]
    [InlineData("fields=assignee:amy", false)]
    [InlineData("p={\"leadIds\":{\"$ne\":\"a\"}}", false)]
    [InlineData("p={\"leadIds\":{\"$nin\":[\"a\",\"b\"]}}", false)]
    [InlineData("p={\"$nor\":[{\"leadIds\":\"a\"}]}", false)]
    [InlineData("p={\"leadIds\":{\"$size\":2}}", false)]
    [InlineData("p={\"leadIds\":{\"$gt\":\"a\"}}", false)]
    [InlineData("p={\"leadIds\":[\"a\"]}", false)]
    [InlineData("q=-amy", false)]
    public void A_list_uses_a_GIN_index_if_an_array_must_contain_an_element(string query, bool expected) =>
        Assert.Equal(expected, Plans.Of(query).UsesGinIndex);

    [Theory]
    [InlineData("", false, "active of account 7 where always by createdAt desc, id desc; 20 from 0; count Bounded")]
    [InlineData("", true, "deleted of account 7 where always by deletedAt desc, id desc; 20 from 0; count Bounded")]
    [InlineData("sortBy=rating,batchCode&order=asc,desc&limit=1000&page=2147483647&count=none", false,
        "active of account 7 where always by rating asc, batchCode desc; 1000 from 2147483646000; count None")]
    [InlineData("fields=assignee:amy,rating:gte:4&q=a -b&count=exact", false,
        "active of account 7 where assignee = \"amy\" and rating >= 4 and (text has \"a\" or leadIds has any of [\"a\"] "
        + "or opportunityIds has any of [\"a\"]) and text has not \"b\" and leadIds has not any of [\"b\"] "
        + "and opportunityIds has not any of [\"b\"] by createdAt desc, id desc; 20 from 0; count Exact")]
    public void A_plan_is_printed_readably(string query, bool deleted, string expected) =>
        Assert.Equal(expected, Plans.Of(query, deleted).ToString());

    [Fact]
    public void A_plan_with_a_cursor_is_printed_without_its_values()
    {
        var plan = Plans.Of("sortBy=batchCode");
        Assert.Equal(
            "active of account 7 where always by batchCode desc; 20 from a cursor; count Bounded",
            plan.After(new Batch { Id = Lead, BatchCode = "secret" }).ToString());
    }
}

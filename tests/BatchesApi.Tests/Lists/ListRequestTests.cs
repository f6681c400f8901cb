using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Lists;

public sealed class ListRequestTests
{
    private readonly ValidationErrors _errors = new();

    [Fact]
    public void Missing_parameters_have_defaults() => Assert.Equal(
        new ListRequest(Limit: 20, Page: 1, SortBy: null, Order: null, Keep: FieldSet.All, Count: CountMode.Bounded, Filters: []),
        Read("") with { Filters = [] });

    [Fact]
    public void All_parameters_are_parsed()
    {
        var request = Read("?LIMIT=50&page=3&SortBy=rating&order=asc&fields=batchCode,rating:4&count=none&P={}");

        Assert.Empty(_errors);
        Assert.Equal(
            new ListRequest(
                Limit: 50,
                Page: 3,
                SortBy: new QueryParameter("SortBy", "rating"),
                Order: new QueryParameter("order", "asc"),
                Keep: default(FieldSet).With(BatchFields.Id).With(BatchFields.BatchCode),
                Count: CountMode.None,
                Filters: []),
            request with { Filters = [] });
        Assert.Equal("rating eq \"4\"; and()", string.Join("; ", request.Filters));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1000", 1_000)]
    [InlineData("0020", 20)]
    public void The_limit_is_1_to_1000(string limit, int expected)
    {
        Assert.Equal(expected, Read($"?limit={limit}").Limit);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("2147483647", int.MaxValue)]
    public void The_page_is_1_to_2147483647(string page, int expected)
    {
        Assert.Equal(expected, Read($"?page={page}").Page);
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("%2B5")]
    [InlineData("+5")]
    [InlineData("5+")]
    [InlineData("5.0")]
    [InlineData("5e0")]
    [InlineData("0x5")]
    [InlineData("1,000")]
    [InlineData("1_0")]
    [InlineData("five")]
    [InlineData("null")]
    [InlineData("\"5\"")]
    [InlineData("٥")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    public void Invalid_limits_and_pages_are_rejected(string number)
    {
        Read($"?Limit={number}&PAGE={number}");

        Assert.Equal(
            ["Limit must be a whole number from 1 to 1,000.", "PAGE must be a whole number from 1 to 2,147,483,647."], _errors.Lines());
    }

    [Fact]
    public void A_limit_above_1000_is_rejected_and_not_clamped()
    {
        Read("?limit=1001");

        Assert.Equal(["limit must be a whole number from 1 to 1,000."], _errors.Lines());
    }

    [Theory]
    [InlineData("exact", "Exact")]
    [InlineData("bounded", "Bounded")]
    [InlineData("none", "None")]
    [InlineData("EXACT", "Exact")]
    public void The_count_is_exact_bounded_or_none(string count, string expected)
    {
        Assert.Equal(expected, Read($"?count={count}").Count.ToString());
        Assert.Empty(_errors);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("exact,none")]
    [InlineData("+exact")]
    public void Invalid_counts_are_rejected(string count)
    {
        Read($"?count={count}");

        Assert.Equal(["count must be exact, bounded or none."], _errors.Lines());
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        Read("?limit=0&page=0&count=0&fields=colour&Sort=rating");

        Assert.Equal(["Sort", "count", "fields", "limit", "page"], _errors.Names().Order(StringComparer.Ordinal));
    }

    private ListRequest Read(string query)
    {
        var given = new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }.Request.Query;
        return ListRequest.Parse(QueryParameters.Parse(given, ListRequest.Names, strict: true, _errors), _errors);
    }
}

using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Lists;

public sealed class ListRequestTests
{
    private const string ReadAll = " To read all records, request pages of 1000 and follow nextCursor.";

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

        Assert.Equal([$"limit must be a whole number from 1 to 1,000.{ReadAll}"], _errors.Lines());
    }

    [Theory]
    [InlineData("limit=0", $"limit must be a whole number from 1 to 1,000.{ReadAll}")]
    [InlineData("limit=-1", $"limit must be a whole number from 1 to 1,000.{ReadAll}")]
    [InlineData("limit=all", $"limit must be a whole number from 1 to 1,000.{ReadAll}")]
    [InlineData("limit=99999999999999999999", $"limit must be a whole number from 1 to 1,000.{ReadAll}")]
    [InlineData("page=0", "page must be a whole number from 1 to 2,147,483,647. Pages begin with 1.")]
    [InlineData("page=-1", "page must be a whole number from 1 to 2,147,483,647.")]
    [InlineData("page=2147483648", "page must be a whole number from 1 to 2,147,483,647.")]
    [InlineData("page=6TYSGyyE9aIhY2NjWzYzODk5XQ", "page must be a whole number from 1 to 2,147,483,647. For a nextCursor, use cursor.")]
    [InlineData("page=2&cursor=abc", "page cannot be combined with cursor. A cursor continues after the last response by itself.")]
    [InlineData("count=true", "count must be exact, bounded or none. Use count=exact.")]
    [InlineData("count=no", "count must be exact, bounded or none. Use count=none.")]
    [InlineData("count=50", "count must be exact, bounded or none. For the size of a page, use limit.")]
    public void Errors_state_what_to_send(string query, string error)
    {
        Read($"?{query}");

        Assert.Equal([error], _errors.Lines());
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
    [InlineData("all")]
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

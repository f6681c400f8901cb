using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchesApi.ApiTests;

/// <summary>The parameters <c>limit</c>, <c>page</c> and <c>count</c>, and the header <c>Link</c> (specification, section 3).</summary>
public sealed class PageTests(ApiServer server, ManyBatches many) : IClassFixture<ManyBatches>
{
    /// <summary>Both are valid in an address, but many clients split the header <c>Link</c> at them.</summary>
    [Fact]
    public async Task Links_contain_neither_commas_nor_semicolons()
    {
        using var response = await many.Client.SendAsync("GET", $"{Http.Batches}?limit=2&fields=batchCode,summary:ne:%22a;b%22");
        var next = response.Links()["next"];
        Assert.DoesNotContain(';', next);
        Assert.DoesNotContain(',', next);
        Assert.Equal("batchCode,summary:ne:\"a;b\"", QueryHelpers.ParseQuery(new Uri(next).Query)["fields"]);
    }

    [Fact]
    public async Task An_empty_list_has_no_pages()
    {
        using var client = await server.CreateClientAsync();
        foreach (var path in (string[])[Http.Batches, Http.Deleted])
        {
            var (page, links, total) = await GetAsync(client, path);
            Assert.Equal("""{"data":[],"page":1,"limit":20,"total":0,"totalIsExact":true,"pages":0}""", WithoutCursor(page).ToJsonString());
            Assert.Equal(["first"], links.Keys);
            Assert.Equal("0", total);
        }
    }

    [Theory]
    [InlineData("", 1, 20, 12, 20)]
    [InlineData("page=12", 12, 20, 12, 17)]
    [InlineData("page=13", 13, 20, 12, 0)]
    [InlineData("page=2147483647", 2147483647, 20, 12, 0)]
    [InlineData("page=2147483647&limit=1000", 2147483647, 1000, 1, 0)]
    [InlineData("limit=1&page=237", 237, 1, 237, 1)]
    [InlineData("limit=1000", 1, 1000, 1, 237)]
    [InlineData("limit=79&page=3", 3, 79, 3, 79)]
    [InlineData("limit=&page=", 1, 20, 12, 20)]
    [InlineData("LIMIT=007&Page=01", 1, 7, 34, 7)]
    public async Task A_page_has_its_number_limit_and_total(string query, int number, int limit, int pages, int records)
    {
        foreach (var path in (string[])[Http.Batches, Http.Deleted])
        {
            var (page, links, total) = await GetAsync(many.Client, $"{path}?{query}");

            Assert.Equal(records, page["data"]!.AsArray().Count);
            Assert.Equal(
                $$"""{"page":{{number}},"limit":{{limit}},"total":237,"totalIsExact":true,"pages":{{pages}}}""",
                WithoutCursor(page, "data").ToJsonString());
            Assert.Equal("237", total);
            Assert.Equal(1, GetPageNumber(links["first"]));
            Assert.Equal(pages, GetPageNumber(links["last"]));
            Assert.Equal(
                number == 1 ? null : Math.Min(number - 1, pages), links.TryGetValue("prev", out var prev) ? GetPageNumber(prev) : null);
            Assert.Equal(number >= pages ? null : number + 1, links.TryGetValue("next", out var next) ? GetPageNumber(next) : null);
        }
    }

    [Theory]
    [InlineData("limit", "1,000")]
    [InlineData("page", "2,147,483,647")]
    public async Task An_invalid_or_out_of_range_number_is_rejected(string name, string max)
    {
        foreach (var value in (string[])[
            "0", "-1", "1001", "2147483648", "99999999999999999999", "abc", "1.0", "1e1", "%2B5", "+5", "5+", "0x5", "5%00", "1,0",
            "\u0665"])
        {
            if ((name, value) == ("page", "1001"))
                continue;
            var errors = await many.Client.SendAsync("GET", $"{Http.Batches}?{name}={value}").ValidationErrorsAsync("invalid_parameter");
            Assert.StartsWith($"{name}: must be a whole number from 1 to {max}.", Assert.Single(errors), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("count=exact&")]
    [InlineData("count=None&")]
    public async Task The_links_next_and_prev_lead_through_all_pages(string count)
    {
        const string Query = "limit=25&sortBy=rating,batchCode&order=asc,desc&fields=batchCode,notes";
        var expected = Oracle.Sort(many.Active, "rating,batchCode", "asc,desc").ToList();
        var pages = new List<JsonObject>();
        var last = "";
        for (var address = $"{Http.Batches}?{count}{Query}"; address is not null;)
        {
            var (page, links, _) = await GetAsync(many.Client, last = address);
            pages.Add(page);
            Assert.All(links.Values, link => AssertSameParameters($"{count}{Query}", link));
            address = links.GetValueOrDefault("next");
        }
        var back = new List<string>();
        for (var address = last; address is not null;)
        {
            var (page, links, _) = await GetAsync(many.Client, address);
            back.InsertRange(0, Ids(page));
            address = links.GetValueOrDefault("prev");
        }

        Assert.Equal(10, pages.Count);
        Assert.Equal(expected, pages.SelectMany(Ids));
        Assert.Equal(expected, back);
    }

    [Fact]
    public async Task A_link_escapes_its_parameters_and_points_to_the_server()
    {
        var (_, links, _) = await GetAsync(many.Client, $"{Http.Batches}?fields=%20batchCode%20,+notes&limit=1");
        Assert.StartsWith(new Uri(server.Address, Http.Batches).ToString(), links["next"], StringComparison.Ordinal);
        AssertSameParameters("fields=%20batchCode%20,+notes&limit=1", links["next"]);
    }

    [Fact]
    public async Task A_link_longer_than_2_KiB_is_omitted()
    {
        foreach (var (length, expected) in ((int, bool)[])[(1_900, true), (2_100, false)])
        {
            // A comma takes three characters in a link.
            using var response = await many.Client.SendAsync(
                "GET", $"{Http.Batches}?fields={string.Join(',', Enumerable.Repeat("id", length / 5))}");
            await response.JsonAsync();
            Assert.Equal(expected, response.Headers.Contains("Link"));
        }
    }

    [Theory]
    [InlineData("limit=79&page=2", "first prev next")]
    [InlineData("limit=79&page=3", "first prev")]
    [InlineData("limit=79&page=4", "first prev")]
    [InlineData("limit=1000", "first")]
    [InlineData("page=2147483647", "first prev")]
    public async Task Without_a_count_the_page_and_links_have_no_total(string query, string relations)
    {
        var (page, links, total) = await GetAsync(many.Client, $"{Http.Batches}?count=none&{query}");
        Assert.Equal(["data", "page", "limit"], WithoutCursor(page).Select(member => member.Key));
        Assert.Equal(relations.Split(' '), links.Keys);
        Assert.Null(total);
    }

    [Theory]
    [InlineData("fields=leadIds:a")]
    [InlineData("q=first")]
    public async Task Without_a_count_a_gathered_list_has_no_total(string query)
    {
        using var client = await server.CreateClientAsync();
        foreach (var code in (string[])["B-1", "B-2"])
            await client.CreateAsync(Http.Batch(code, "\"summary\":\"first\",\"leadIds\":[\"a\"]"));
        foreach (var limit in (int[])[1, 2, 3])
        {
            using var response = await client.SendAsync("GET", $"{Http.Batches}?count=none&limit={limit}&{query}");
            Assert.Equal(["data", "page", "limit", "nextCursor"], (await response.JsonAsync()).Select(member => member.Key));
            Assert.False(response.Headers.Contains("X-Total-Count"));
        }
    }

    [Theory]
    [InlineData("all", "")]
    [InlineData("1", " For the size of a page, use limit.")]
    [InlineData("true", " Use count=exact.")]
    [InlineData("exact,none", "")]
    public async Task An_unknown_count_mode_is_rejected(string value, string advice) => Assert.Equal(
        [$"Count: must be exact, bounded or none.{advice}"],
        await many.Client.SendAsync("GET", $"{Http.Batches}?Count={value}").ValidationErrorsAsync("invalid_parameter"));

    [Fact]
    public async Task A_page_has_the_media_type_of_JSON()
    {
        using var response = await many.Client.SendAsync("GET", Http.Batches);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
    }

    private static async Task<(JsonObject Page, OrderedDictionary<string, string> Links, string? Total)> GetAsync(
        HttpClient client, string address)
    {
        using var response = await client.SendAsync("GET", address);
        var page = await response.JsonAsync();
        return (page, response.Links(), response.Headers.TryGetValues("X-Total-Count", out var total) ? total.Single() : null);
    }

    /// <summary>The members of a page except <c>nextCursor</c>, which other tests cover.</summary>
    private static JsonObject WithoutCursor(JsonObject page, params string[] others)
    {
        page.Remove("nextCursor");
        foreach (var name in others)
            page.Remove(name);
        return page;
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["data"]!.AsArray().Select(record => record!.Id());

    private static int? GetPageNumber(string link) =>
        int.Parse(QueryHelpers.ParseQuery(new Uri(link).Query)["page"]!, CultureInfo.InvariantCulture);

    private static void AssertSameParameters(string query, string link)
    {
        var parameters = QueryHelpers.ParseQuery(new Uri(link).Query);
        Assert.True(parameters.Remove("page"));
        Assert.Equal(QueryHelpers.ParseQuery(query), parameters);
    }
}

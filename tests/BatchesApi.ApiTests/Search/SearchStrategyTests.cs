using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.ApiTests.Search;

/// <summary>Searches of a list so long that the strategy depends on the number of results: at the head of the list, by the index and then
/// sorted, or one by one. The results must not depend on it.</summary>
public sealed class SearchStrategyTests(LargeSearchAccount many) : IClassFixture<LargeSearchAccount>
{
    /// <summary>The limit of a bounded count.</summary>
    private const int Bound = 10_000;

    private static readonly (string Term, int Limit, int[] Pages)[] Terms =
    [
        ("rare", 3, [1, 2, 3, 4]),
        ("seldom", 20, [1, 2, 7, 14]),
        ("frequent", 100, [1, 2, 40, 54]),
        ("older", 100, [1, 2, 100, 101]),
        ("everywhere", 1_000, [1, 6, 10, 11]),
        ("absent", 20, [1, 2]),
    ];

    private static readonly (string SortBy, string Order)[] Orders =
        [("createdAt", "desc"), ("createdAt", "asc"), ("assignee", "asc"), ("assignee", "desc"), ("assignee,createdAt", "desc,asc")];

    public static IEnumerable<TheoryDataRow<string, string, string, int, int>> Pages =>
        from term in Terms
        from order in Orders
        from page in term.Pages
        select new TheoryDataRow<string, string, string, int, int>(term.Term, order.SortBy, order.Order, term.Limit, page);

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_has_the_same_records_with_every_search_strategy(string term, string sortBy, string order, int limit, int page)
    {
        var expected = Sort(many.With(term), sortBy, order).Select(batch => batch.Id).ToList();
        var address = $"{Http.Batches}?q={term}&sortBy={sortBy}&order={order}&fields=id&limit={limit}";

        var found = await many.Client.GetJsonAsync($"{address}&page={page}");

        Assert.Equal(expected.Skip((page - 1) * limit).Take(limit), Ids(found));
        if (expected.Count <= Bound || (bool)found["totalIsExact"]!)
            Assert.Equal((expected.Count, true), ((int?)found["total"], (bool?)found["totalIsExact"]));
        else
            Assert.InRange((int)found["total"]!, Bound + 1, int.MaxValue);
        Assert.Equal(expected.Count > page * limit, found["nextCursor"] is not null);
        if (found["nextCursor"] is { } cursor)
            Assert.Equal(expected.Skip(page * limit).Take(limit), Ids(await many.Client.GetJsonAsync($"{address}&cursor={cursor}")));
    }

    [Theory]
    [InlineData("rare", 3, 3)]
    [InlineData("seldom", 40, 7)]
    [InlineData("older", 1_000, 11)]
    [InlineData("everywhere", 1_000, 11)]
    public async Task Cursors_page_through_all_search_results(string term, int limit, int pages)
    {
        var ids = new List<string>();
        var read = 0;
        for (var next = ""; next is not null; read++)
        {
            var page = await many.Client.GetJsonAsync($"{Http.Batches}?q={term}&sortBy=assignee&fields=id&limit={limit}&count=none{next}");
            ids.AddRange(Ids(page));
            next = page["nextCursor"] is { } cursor ? $"&cursor={cursor}" : null;
        }
        Assert.Equal(Sort(many.With(term), "assignee", "desc").Select(batch => batch.Id), ids);
        Assert.Equal(pages, read);
    }

    [Theory]
    [InlineData("rare", 8)]
    [InlineData("seldom", 268)]
    [InlineData("frequent", 5_350)]
    [InlineData("older", 10_100)]
    [InlineData("everywhere", 10_700)]
    [InlineData("absent", 0)]
    public async Task Search_results_are_counted_in_the_requested_mode(string term, int count)
    {
        Assert.Equal(count, many.With(term).Count());
        string[] places =
            ["&limit=2", "&limit=2&page=2", "&limit=1000", "&limit=1000&page=11", "&limit=1000&page=100", "&limit=2&sortBy=assignee"];
        foreach (var place in places)
        {
            var exact = await many.Client.GetJsonAsync($"{Http.Batches}?q={term}&fields=id&count=exact{place}");
            Assert.Equal((count, true), ((int?)exact["total"], (bool?)exact["totalIsExact"]));

            using var response = await many.Client.SendAsync("GET", $"{Http.Batches}?q={term}&fields=id&count=none{place}");
            var uncounted = await response.JsonAsync();
            Assert.Equal(["data", "page", "limit", "nextCursor"], uncounted.Select(member => member.Key));
            Assert.False(response.Headers.Contains("X-Total-Count"));
            Assert.Equal(Ids(exact), Ids(uncounted));
            Assert.Equal(exact["nextCursor"]?.ToJsonString(), uncounted["nextCursor"]?.ToJsonString());
        }
    }

    [Theory]
    [InlineData("q=everywhere", "head count")]
    [InlineData("q=frequent", "head count")]
    [InlineData("q=seldom", "head head count")]
    [InlineData("q=rare", "head gather")]
    [InlineData("q=absent", "head gather")]
    [InlineData("q=older", "head gather walk count")]
    [InlineData("q=older&limit=1000&page=11", "walk count")]
    [InlineData("q=rare&count=none&limit=3", "head gather")]
    [InlineData("q=-rare", "walk count")]
    [InlineData("fields=id,summary:contains:rare", "head gather")]
    public async Task Each_search_strategy_is_used_for_its_queries(string query, string steps)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Http.Batches}?{query}") { Headers = { { "Prefer", "explain" } } };
        var page = await many.Client.SendAsync(request, TestContext.Current.CancellationToken).JsonAsync();
        Assert.Equal(steps, string.Join(' ', page["explain"]!["steps"]!.AsArray().Select(step => (string?)step!["step"])));
    }

    [Theory]
    [InlineData("q=seldom&p={\"rating\":{\"$gte\":2}}")]
    [InlineData("q=seldom&fields=id,rating:gte:2")]
    [InlineData("fields=id,summary:contains:seldom,rating:gte:2")]
    [InlineData("fields=id,summary:contains:se,summary:contains:fre,rating:gte:2")]
    [InlineData("q=seldom%20-absent%20fre&fields=id,rating:in:2|3|4|5,summary:startsWith:every")]
    public async Task Search_results_can_be_filtered(string query)
    {
        var expected = Sort(many.With("seldom").Where(batch => batch.Rating >= 2), "createdAt", "desc").Select(batch => batch.Id).ToList();
        var page = await many.Client.GetJsonAsync($"{Http.Batches}?{query}&limit=30&page=2");
        Assert.Equal(expected.Skip(30).Take(30), Ids(page));
        Assert.Equal(expected.Count, (int?)page["total"]);
    }

    [Fact]
    public async Task Excluded_terms_remove_their_batches_from_the_results()
    {
        var expected = Sort(many.All.Except(many.With("frequent")), "createdAt", "desc").Select(batch => batch.Id).ToList();
        var page = await many.Client.GetJsonAsync($"{Http.Batches}?q=-frequent&fields=id&limit=100&page=54");
        Assert.Equal(expected.Skip(5_300), Ids(page));
        Assert.Equal(expected.Count.ToString(CultureInfo.InvariantCulture), page["total"]!.ToJsonString());
    }

    /// <summary>Sorts batches, whose texts are all ASCII.</summary>
    private static IEnumerable<Batch> Sort(IEnumerable<Batch> batches, string sortBy, string order)
    {
        var directions = order.Split(',');
        var sorted = batches.OrderBy(_ => 0);
        foreach (var (i, name) in sortBy.Split(',').Append("id").Index())
        {
            Func<Batch, string?> value = name switch
            {
                "assignee" => batch => batch.Assignee,
                "createdAt" => batch => batch.BatchCode,
                _ => batch => batch.Id,
            };
            sorted = sorted.ThenBy(batch => value(batch) is null);
            sorted = (i < directions.Length ? directions[i] : directions[0]) == "desc"
                ? sorted.ThenByDescending(value, StringComparer.Ordinal)
                : sorted.ThenBy(value, StringComparer.Ordinal);
        }
        return sorted;
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["data"]!.AsArray().Select(batch => batch!.Id());
}

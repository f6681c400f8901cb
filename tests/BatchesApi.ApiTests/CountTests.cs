using System.Globalization;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.ApiTests;

/// <summary>The parameter <c>count</c> for long lists, and <c>nextCursor</c> (specification, section 3), with every strategy of a list: in
/// order, from its end, by its head, gathered by an index, or in order one by one.</summary>
[Collection<InLargeAccount>]
public sealed class CountTests(LargeAccount large)
{
    private const string Counted = "data page limit total totalIsExact pages nextCursor";

    /// <summary>Lists by their query, with the condition that their batches meet.</summary>
    private static readonly Dictionary<string, Func<Batch, bool>> Lists = new()
    {
        [""] = _ => true,
        ["fields=repeated:true"] = batch => batch.Repeated,
        ["fields=rating:4"] = batch => batch.Rating == 4,
        ["fields=rating:gte:4,repeated:true"] = batch => batch.Rating >= 4 && batch.Repeated,
        ["p={\"rating\":{\"$gte\":2}}"] = batch => batch.Rating >= 2,
        ["p={\"rating\":{\"$exists\":false}}"] = batch => batch.Rating is null,
        ["p={\"rating\":99}"] = _ => false,
        ["q=everywhere"] = _ => true,
        ["q=frequent"] = batch => Has(batch, "frequent"),
        ["q=seldom"] = batch => Has(batch, "seldom"),
        ["q=rarest"] = batch => Has(batch, "rarest"),
        ["q=nowhere"] = _ => false,
        ["q=oldest"] = batch => Has(batch, "oldest"),
        ["q=yesterday"] = batch => Has(batch, "yesterday"),
        ["q=everywhere -frequent"] = batch => !Has(batch, "frequent"),
        ["q=-everywhere"] = _ => false,
        ["fields=batchType:contains:seldom,repeated:true"] = batch => Has(batch, "seldom") && batch.Repeated,
        [$"fields=leadIds:{LargeAccount.LeadOfAll}"] = _ => true,
        [$"fields=leadIds:{LargeAccount.LeadOfSome}"] = batch => batch.LeadIds.Contains(LargeAccount.LeadOfSome),
        [$"fields=leadIds:{LargeAccount.LeadOfOne}"] = batch => batch.LeadIds.Contains(LargeAccount.LeadOfOne),
        ["p={\"leadIds\":\"lead-of-none\"}"] = _ => false,
    };

    public static IEnumerable<TheoryDataRow<string, string, string>> Walks =>
        from list in Lists.Keys
        from keys in (IEnumerable<(string, string)>)[("createdAt", "desc"), ("rating", "asc"), ("rating,dueDate", "desc,asc")]
        select new TheoryDataRow<string, string, string>(list, keys.Item1, keys.Item2);

    public static TheoryData<string> Queries => [.. Lists.Keys];

    [Theory]
    [MemberData(nameof(Walks))]
    public async Task The_next_cursor_leads_to_the_next_page_and_is_null_only_on_the_last(string list, string sortBy, string order)
    {
        var expected = Sorted(list, sortBy, order);
        var address = $"{Http.Batches}?{Query(list)}&sortBy={sortBy}&order={order}&count=none";
        var limit = Math.Clamp((expected.Count + 3) / 4, 1, 1_000);
        var pages = Math.Max((expected.Count + limit - 1) / limit, 1);
        for (var page = 1; page <= pages; page++)
        {
            // The first two pages and the last two suffice.
            if (page > 2 && page < pages - 1)
                continue;
            var rest = expected.Skip((page - 1) * limit).ToList();
            var response = await large.Client.GetJsonAsync($"{address}&limit={limit}&page={page}");
            Assert.Equal(rest.Take(limit), Ids(response));
            Assert.Equal(page == pages, response["nextCursor"] is null);
            if (page == pages)
                continue;

            // A limit equal to the number of remaining records gives the last page; one less does not.
            var cursor = response["nextCursor"]!;
            rest = rest[limit..];
            response = await large.Client.GetJsonAsync($"{address}&limit={Math.Min(rest.Count, 1_000)}&cursor={cursor}");
            Assert.Equal(rest.Take(1_000), Ids(response));
            Assert.Equal(rest.Count <= 1_000, response["nextCursor"] is null);
            response = await large.Client.GetJsonAsync($"{address}&limit={Math.Clamp(rest.Count - 1, 1, 1_000)}&cursor={cursor}");
            Assert.Equal(rest.Count == 1, response["nextCursor"] is null);
        }
    }

    [Theory]
    [InlineData("q=yesterday")]
    [InlineData($"fields=leadIds:{LargeAccount.LeadOfAll}")]
    public async Task The_last_record_of_a_list_too_large_to_gather_is_returned(string list)
    {
        foreach (var sortBy in Oracle.Sortable.Where(name => name != "deletedAt"))
        {
            foreach (var order in (string[])["asc", "desc"])
            {
                var expected = Sorted(list, sortBy, order);
                var address = $"{Http.Batches}?{Query(list)}&sortBy={sortBy}&order={order}&count=none";
                var page = await large.Client.GetJsonAsync($"{address}&limit=1&page={expected.Count - 1}");
                Assert.Equal([expected[^2]], Ids(page));
                page = await large.Client.GetJsonAsync($"{address}&cursor={page["nextCursor"]}");
                Assert.Equal([expected[^1]], Ids(page));
                Assert.Null(page["nextCursor"]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task An_exact_count_is_exact_for_every_list(string list)
    {
        var expected = Sorted(list, "createdAt", "desc");
        var (count, pages) = (expected.Count, (expected.Count + 9) / 10);
        foreach (var page in
            ((int[])[1, 2, 150, pages - 1, pages, pages + 1, pages + 500, int.MaxValue]).Where(page => page > 0).Distinct())
        {
            var (response, total, relations) = await GetAsync($"{Query(list)}&limit=10&count=exact&page={page}");
            Assert.Equal(expected.Skip((int)Math.Min((page - 1L) * 10, count)).Take(10), Ids(response));
            Assert.Equal(Counted, string.Join(' ', response.Select(member => member.Key)));
            Assert.Equal((count, true, pages), ((int?)response["total"], (bool?)response["totalIsExact"], (int?)response["pages"]));
            Assert.Equal(count.ToString(CultureInfo.InvariantCulture), total);
            Assert.Equal(pages > 0, relations.Contains("last"));
            Assert.Equal(page >= pages, response["nextCursor"] is null);
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_bounded_count_is_exact_up_to_10000_and_marked_as_inexact_beyond(string list)
    {
        var count = Sorted(list, "createdAt", "desc").Count;
        foreach (var page in (int[])[1, 3, 600, int.MaxValue])
        {
            var (response, total, relations) = await GetAsync($"{Query(list)}&limit=20&page={page}");
            AssertBounded(count, response, total);
            Assert.Equal(count is > 0 and <= 10_000, relations.Contains("last"));
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Without_a_count_the_page_has_no_total(string list)
    {
        var count = Sorted(list, "createdAt", "desc").Count;
        foreach (var page in (int[])[1, 2, 600, int.MaxValue])
        {
            var (response, total, relations) = await GetAsync($"{Query(list)}&limit=20&page={page}&count=none");
            Assert.Equal("data page limit nextCursor", string.Join(' ', response.Select(member => member.Key)));
            Assert.Null(total);
            Assert.DoesNotContain("last", relations);
            Assert.Equal(count > (long)page * 20, relations.Contains("next"));
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_page_behind_a_cursor_counts_the_full_list(string list)
    {
        var expected = Sorted(list, "createdAt", "desc");
        var response = await large.Client.GetJsonAsync($"{Http.Batches}?{Query(list)}&limit=1&count=none");
        Assert.Equal(expected.Count <= 1, response["nextCursor"] is null);
        if (response["nextCursor"] is not { } cursor)
            return;

        var (exact, exactTotal, exactRelations) = await GetAsync($"{Query(list)}&cursor={cursor}&count=exact");
        var (bounded, boundedTotal, boundedRelations) = await GetAsync($"{Query(list)}&cursor={cursor}");
        var (none, noTotal, _) = await GetAsync($"{Query(list)}&cursor={cursor}&count=none");

        Assert.Equal((expected.Count, true), ((int?)exact["total"], (bool?)exact["totalIsExact"]));
        Assert.Equal((expected.Count + 19) / 20, (int?)exact["pages"]);
        Assert.Equal(expected.Count.ToString(CultureInfo.InvariantCulture), exactTotal);
        AssertBounded(expected.Count, bounded, boundedTotal);
        Assert.Equal("data limit nextCursor", string.Join(' ', none.Select(member => member.Key)));
        Assert.Null(noTotal);
        Assert.All((JsonObject[])[exact, bounded, none], page => Assert.Equal(expected.Skip(1).Take(20), Ids(page)));
        Assert.DoesNotContain("last", exactRelations.Concat(boundedRelations));
    }

    [Theory]
    [InlineData(9_999, true)]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    [InlineData(10_002, false)]
    public async Task The_bound_is_10000(int count, bool isExact)
    {
        var last = large.ActiveOrder.Sort("id", "asc")[count - 1];
        var (response, total, relations) = await GetAsync($"p={{\"id\":{{\"$lte\":\"{last}\"}}}}&limit=1000");
        AssertBounded(count, response, total);
        Assert.Equal(isExact, (bool?)response["totalIsExact"]);
        Assert.Equal(isExact, relations.Contains("last"));
        Assert.Contains("next", relations);
    }

    [Fact]
    public async Task Exactly_10000_deleted_batches_are_counted()
    {
        var page = await large.Client.GetJsonAsync(Http.Deleted);
        Assert.Equal((LargeAccount.DeletedCount, true, 500), ((int?)page["total"], (bool?)page["totalIsExact"], (int?)page["pages"]));
    }

    [Theory]
    [InlineData("", "createdAt", "desc")]
    [InlineData("", "batchCode", "asc")]
    [InlineData("", "rating", "desc")]
    [InlineData("", "rating", "asc")]
    [InlineData("", "dueDate", "desc")]
    [InlineData("", "notes", "desc")]
    [InlineData("", "notes", "asc")]
    [InlineData("", "rating,dueDate", "desc,asc")]
    [InlineData("", "dueDate,manager,rating", "asc,desc,desc")]
    [InlineData("fields=repeated:true", "rating", "desc")]
    [InlineData("fields=repeated:true", "summary", "asc")]
    [InlineData("p={\"rating\":{\"$gte\":2}}", "dueDate", "asc")]
    public async Task A_deep_page_is_the_same_from_either_end(string list, string sortBy, string order)
    {
        const int Limit = 10;
        var expected = Sorted(list, sortBy, order);
        var pages = (expected.Count + Limit - 1) / Limit;
        var withValue = Lists[list] is var matches && sortBy is "rating" or "dueDate" or "notes" or "summary"
            ? large.Active.Where(matches).Count(batch => BatchFields.Find(sortBy)!.Get(batch) is not null) / Limit
            : pages / 2;
        foreach (var page in
            ((int[])[1, 100, 101, withValue, withValue + 1, withValue + 2, (pages / 2) + 1, (pages / 2) + 2, pages - 1, pages, pages + 1])
                .Distinct())
        {
            var address = $"{Http.Batches}?{Query(list)}&sortBy={sortBy}&order={order}&limit={Limit}";
            var rest = expected.Skip((page - 1) * Limit).ToList();
            var counted = await large.Client.GetJsonAsync($"{address}&count=exact&page={page}");
            var uncounted = await large.Client.GetJsonAsync($"{address}&count=none&page={page}");

            Assert.Equal(rest.Take(Limit), Ids(counted));
            Assert.Equal(rest.Take(Limit), Ids(uncounted));
            Http.AssertSame(uncounted["nextCursor"], counted["nextCursor"]);
            Assert.Equal(page >= pages, counted["nextCursor"] is null);
            if (counted["nextCursor"] is { } cursor)
                Assert.Equal(rest.Skip(Limit).Take(Limit), Ids(await large.Client.GetJsonAsync($"{address}&cursor={cursor}")));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("q=everywhere")]
    [InlineData($"fields=leadIds:{LargeAccount.LeadOfAll}")]
    [InlineData("sortBy=rating")]
    [InlineData("sortBy=notes,rating&order=asc,desc")]
    public async Task A_page_beyond_the_end_is_empty(string query)
    {
        foreach (var (page, limit) in ((int, int)[])
            [(int.MaxValue, 1_000), (int.MaxValue, 1), (2_147_484, 1_000), (2_147_483, 1_000), (13 + 1, 1_000)])
        {
            foreach (var count in (string[])["none", "bounded", "exact"])
            {
                var (response, _, relations) = await GetAsync($"{query}&page={page}&limit={limit}&count={count}");
                Assert.Empty(response["data"]!.AsArray());
                Assert.Null(response["nextCursor"]);
                Assert.Equal((page, limit), ((int?)response["page"], (int?)response["limit"]));
                Assert.Contains("prev", relations);
                Assert.DoesNotContain("next", relations);
            }
        }
    }

    private static bool Has(Batch batch, string word) => batch.BatchType.Split(' ').Contains(word);

    private static IEnumerable<string> Ids(JsonObject page) => page["data"]!.AsArray().Select(record => record!.Id());

    private static void AssertBounded(int count, JsonObject response, string? total)
    {
        if (count <= 10_000)
        {
            Assert.Equal((count, true), ((int?)response["total"], (bool?)response["totalIsExact"]));
            var limit = (int)response["limit"]!;
            Assert.Equal((count + limit - 1) / limit, (int?)response["pages"]);
        }
        else
        {
            Assert.InRange((int?)response["total"] ?? 0, 10_001, int.MaxValue);
            Assert.False((bool?)response["totalIsExact"]);
            Assert.True(response.ContainsKey("pages"));
            Assert.Null(response["pages"]);
        }
        Assert.Equal(response["total"]!.ToJsonString(), total);
    }

    /// <summary>The parameters of a list, limited to the ids of its records.</summary>
    private static string Query(string list) =>
        list.StartsWith("fields=", StringComparison.Ordinal) ? $"{list},id" : $"{list}{(list.Length > 0 ? "&" : "")}fields=id";

    /// <summary>The ids of a list in order.</summary>
    private List<string> Sorted(string list, string sortBy, string order)
    {
        var matching = large.Active.Where(Lists[list]).Select(batch => batch.Id).ToHashSet();
        return [.. large.ActiveOrder.Sort(sortBy, order).Where(matching.Contains)];
    }

    private async Task<(JsonObject Page, string? Total, IReadOnlyCollection<string> Relations)> GetAsync(string query)
    {
        using var response = await large.Client.SendAsync("GET", $"{Http.Batches}?{query}");
        var page = await response.JsonAsync();
        return (page, response.Headers.TryGetValues("X-Total-Count", out var total) ? total.Single() : null, response.Links().Keys);
    }
}

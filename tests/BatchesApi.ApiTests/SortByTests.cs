using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>The parameters <c>sortBy</c> and <c>order</c> (specification, section 3).</summary>
public sealed class SortByTests(ApiServer server, ManyBatches many) : IClassFixture<ManyBatches>
{
    private const int PageSize = 10;

    private static readonly (string SortBy, string Order)[] SeveralKeys =
    [
        ("rating,dueDate", "asc"), ("rating,dueDate", "desc,asc"), ("dueDate,rating", "asc,desc"), ("manager,rating", "desc"),
        ("repeated,manager", "asc,desc"), ("rating,manager,dueDate", "desc,asc,desc"), ("manager,summary,assignee", "asc,desc,asc"),
        ("dueDate,repeated,version", "asc,asc,desc"), ("rating,id", "asc,desc"), ("batchType,createdAt,notes", "desc,desc,asc"),
    ];

    public static IEnumerable<TheoryDataRow<string, string, string>> Orders =>
        from path in (string[])[Http.Batches, Http.Deleted]
        from (string SortBy, string Order) keys in SeveralKeys
            .Concat(Oracle.Sortable.SelectMany(name => (IEnumerable<(string, string)>)[(name, "asc"), (name, "desc")]))
        where path == Http.Deleted || keys.SortBy != "deletedAt"
        select new TheoryDataRow<string, string, string>(path, keys.SortBy, keys.Order);

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Pages_are_in_the_requested_order_without_gaps_or_duplicates(string path, string sortBy, string order)
    {
        var batches = path == Http.Batches ? many.Active : many.Deleted;
        var ids = new List<string>();
        for (var page = 1; page <= (ManyBatches.Count + PageSize - 1) / PageSize; page++)
        {
            var records = await many.Client.ListAsync($"{path}?sortBy={sortBy}&order={order}&limit={PageSize}&page={page}&fields=id");
            ids.AddRange(records.Select(record => record!.Id()));
        }
        Assert.Equal(Oracle.Sort(batches, sortBy, order), ids);
    }

    [Theory]
    [InlineData(Http.Batches, "", "createdAt", "desc")]
    [InlineData(Http.Deleted, "", "deletedAt", "desc")]
    [InlineData(Http.Batches, "&order=ASC", "createdAt", "asc")]
    [InlineData(Http.Deleted, "&order=asc", "deletedAt", "asc")]
    [InlineData(Http.Batches, "&sortBy=rating", "rating", "desc")]
    [InlineData(Http.Batches, "&sortBy=&order=", "createdAt", "desc")]
    [InlineData(Http.Batches, "&SORTBY=DUEDATE,Rating%20&Order=Asc,%20dEsC", "dueDate,rating", "asc,desc")]
    public async Task The_default_order_is_newest_first_and_values_are_case_insensitive(
        string path, string query, string sortBy, string order)
    {
        var batches = path == Http.Batches ? many.Active : many.Deleted;
        var records = await many.Client.ListAsync($"{path}?limit=1000{query}");
        Assert.Equal(Oracle.Sort(batches, sortBy, order), records.Select(record => record!.Id()));
    }

    public static IEnumerable<TheoryDataRow<string, string, string>> SignedOrders =>
        from (string SortBy, string Order) keys in SeveralKeys
            .Concat(Oracle.Sortable.SelectMany(name => (IEnumerable<(string, string)>)[(name, "asc"), (name, "desc")]))
        where keys.SortBy != "deletedAt"
        let directions = keys.Order.Split(',')
        let keysWithSigns = keys.SortBy.Split(',').Select((name, i) => (directions[i % directions.Length] == "asc" ? "%2B" : "-") + name)
        select new TheoryDataRow<string, string, string>(string.Join(',', keysWithSigns), keys.SortBy, keys.Order);

    [Theory]
    [MemberData(nameof(SignedOrders))]
    public async Task Signs_are_directions(string withSigns, string sortBy, string order)
    {
        // A plus that is not encoded arrives as a space.
        foreach (var written in (string[])[withSigns, withSigns.Replace("%2B", "+", StringComparison.Ordinal)])
        {
            var ids = new List<string>();
            for (var address = $"{Http.Batches}?sortBy={written}&limit=17&fields=id"; address.Length > 0;)
            {
                using var response = await many.Client.SendAsync("GET", address);
                var page = await response.JsonAsync();
                ids.AddRange(page["data"]!.AsArray().Select(record => record!.Id()));
                address = page["nextCursor"] is { } cursor ? $"{Http.Batches}?sortBy={written}&limit=17&fields=id&cursor={cursor}" : "";
            }
            Assert.Equal(Oracle.Sort(many.Active, sortBy, order), ids);
        }
    }

    [Fact]
    public async Task Text_sorts_by_Unicode_root_collation()
    {
        string[] expected =
        [
            "_a", "-a", ",a", "!a", "(a", "\U0001F600", "1", "10", "2", "a", "A", "\u00E1", "\u00C1", "a b", "aa", "ab", "B", "c",
            "resume", "Resume", "resum\u00E9", "r\u00E9sum\u00E9", "R\u00E9sum\u00E9", "resumes", "z", "\u03C9", "\u0431", "\u05D0",
            "\u0627", "\u0628", "\u6F22",
        ];
        using var client = await server.CreateClientAsync();
        await Task.WhenAll(expected.Select(code => client.CreateIdAsync(code)));

        foreach (var order in (string[])["asc", "desc"])
        {
            var records = await client.ListAsync($"{Http.Batches}?sortBy=batchCode&order={order}&limit=100");
            Assert.Equal(order == "asc" ? expected : expected.Reverse(), records.Select(record => (string)record!["batchCode"]!));
        }
    }

    [Theory]
    [InlineData("asc", "0", "1", "5", null, null)]
    [InlineData("desc", "5", "1", "0", null, null)]
    public async Task Records_without_a_value_come_last_in_both_directions(string order, params string?[] expected)
    {
        using var client = await server.CreateClientAsync();
        foreach (var (i, rating) in ((string[])["null", "5", "0", "null", "1"]).Index())
            await client.CreateAsync(Http.Batch($"B-{i}", $"\"rating\":{rating}"));

        var records = await client.ListAsync($"{Http.Batches}?sortBy=rating&order={order}");

        Assert.Equal(expected, records.Select(record => record!["rating"]?.ToJsonString()));
        var missing = records.Where(record => record!["rating"] is null).Select(record => (string)record!["batchCode"]!);
        Assert.Equal(order == "asc" ? ["B-0", "B-3"] : ["B-3", "B-0"], missing);
    }

    [Theory]
    [InlineData("sortBy=leadIds", "sortBy: cannot sort by array field 'leadIds'. Sortable fields: id, ")]
    [InlineData("sortBy=deletedAt", "sortBy: cannot sort active batches by 'deletedAt'. Sortable fields: id, ")]
    [InlineData("sortBy=raiting", "sortBy: unknown field 'raiting'. Did you mean 'rating'?")]
    [InlineData("sortBy=accountId", "sortBy: unknown field 'accountId'.")]
    [InlineData("sortBy=rating,Rating", "sortBy: duplicate field 'Rating'.")]
    [InlineData("sortBy=rating,", "sortBy: unknown field ''.")]
    [InlineData("sortby=rating%20desc", "sortby: unknown field 'rating desc'. Use sortBy=rating&order=desc.")]
    [InlineData("sortBy=rating;DROP%20TABLE%20batches", "sortBy: unknown field 'rating;DROP TABLE batches'.")]
    [InlineData("order=up", "order: 'up' is not a direction. Use asc or desc.")]
    [InlineData("order=asc,", "order: '' is not a direction. Use asc or desc.", "order: 2 directions for 1 sort field.")]
    [InlineData("sortBy=rating,dueDate,id&order=asc,desc", "order: 2 directions for 3 sort fields. Use one for all, or one for each.")]
    [InlineData(
        "sortBy=leadIds,x&order=up&limit=0", "limit: ", "sortBy: cannot sort by array field 'leadIds'", "sortBy: unknown field 'x'",
        "order: 'up' is not a direction")]
    public async Task All_errors_in_an_order_are_reported(string query, params string[] errors)
    {
        var count = await many.Client.SendAsync("GET", $"{Http.Batches}?{query}").ValidationErrorsAsync("invalid_parameter");
        Assert.Equal(errors.Length, count.Length);
        Assert.All(errors.Zip(count), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deleted_batches_are_ordered_by_deletion_newest_first()
    {
        using var client = await server.CreateClientAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await client.CreateIdAsync($"B-{i}"));
        int[] deletions = [2, 0, 4, 1, 3];
        foreach (var i in deletions)
            await client.SendAsync("DELETE", $"{Http.Deleted}/{ids[i]}").EmptyAsync(HttpStatusCode.NoContent);

        var records = await client.ListAsync(Http.Deleted);

        Assert.Equal(deletions.Reverse().Select(i => ids[i]), records.Select(record => record!.Id()));
    }
}

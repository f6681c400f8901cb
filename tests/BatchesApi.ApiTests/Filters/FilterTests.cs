using System.Net;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Filters on the lists, over HTTP (specification, section 3). <see cref="FilterPropertyTests"/> tests the semantics of
/// conditions.</summary>
public sealed class FilterTests(ApiServer server)
{
    [Fact]
    public async Task Page_total_and_links_count_only_matching_records()
    {
        using var client = await server.CreateClientAsync();
        for (var i = 0; i < 5; i++)
            await client.CreateAsync($$"""{"batchCode":"B-{{i}}","batchType":"{{(i < 3 ? "a" : "b")}}","rating":{{i}}}""");

        const string query = "?p=%7B%22batchType%22%3A%22a%22%7D&fields=batchCode%2Crating%3Agte%3A1&sortBy=rating&order=asc&limit=1";
        using var response = await client.SendAsync("GET", Http.Batches + query);
        var page = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(2, (int?)page["total"]);
        Assert.Equal(["id", "batchCode"], page["data"]![0]!.AsObject().Select(member => member.Key));
        Assert.Equal("B-1", (string?)page["data"]![0]!["batchCode"]);
        var next = response.Headers.GetValues("Link").Single().Split(", ")
            .Single(link => link.EndsWith("rel=\"next\"", StringComparison.Ordinal));
        var second = await client.SendAsync("GET", next[1..next.IndexOf('>', StringComparison.Ordinal)]).JsonAsync();
        Assert.Equal("B-2", (string?)second["data"]![0]!["batchCode"]);
        Assert.Empty((await client.SendAsync("GET", $"{Http.Batches}?fields=rating:gt:5&count=none").JsonAsync())["data"]!.AsArray());
    }

    [Theory]
    [InlineData("p={\"leadIds\":\"a\"}")]
    [InlineData("fields=leadIds:in:a|b")]
    [InlineData("fields=leadIds:contains:a")]
    public async Task Lists_filtered_by_array_elements_are_counted(string query)
    {
        using var client = await server.CreateClientAsync();
        for (var i = 0; i < 3; i++)
            await client.CreateAsync(Http.Batch($"B-{i}", "\"leadIds\":[\"a\"]"));

        var counted = await client.GetJsonAsync($"{Http.Batches}?{query}&limit=2");
        Assert.Equal((3, 2), ((int?)counted["total"], (int?)counted["pages"]));
        using var response = await client.SendAsync("GET", $"{Http.Batches}?{query}&limit=2&count=none");
        Assert.Equal(["data", "page", "limit", "nextCursor"], (await response.JsonAsync()).Select(member => member.Key));
        Assert.False(response.Headers.Contains("X-Total-Count"));
    }

    [Fact]
    public async Task Deleted_batches_can_be_filtered_also_by_their_deletion_time()
    {
        using var client = await server.CreateClientAsync();
        var old = await client.CreateIdAsync("B-1");
        await client.CreateIdAsync("B-2");
        (await client.SendAsync("DELETE", $"{Http.Batches}/deleted/{old}")).EnsureSuccessStatusCode();

        async Task<int?> TotalAsync(string address) => (int?)(await client.SendAsync("GET", Http.Batches + address).JsonAsync())["total"];
        Assert.Equal(1, await TotalAsync("/deleted?fields=batchCode:B-1,deletedAt:gt:2020-01-01"));
        Assert.Equal(0, await TotalAsync("/deleted?fields=batchCode:B-2"));
        Assert.Equal(0, await TotalAsync("/deleted?p={\"deletedAt\":null}"));
        Assert.Equal(1, await TotalAsync("?p={\"deletedAt\":null}"));
    }

    [Fact]
    public async Task Filters_never_match_batches_of_other_accounts()
    {
        using var theirs = await server.CreateClientAsync();
        var id = await theirs.CreateIdAsync("B-1");
        using var mine = await server.CreateClientAsync();
        foreach (var p in (string[])[
            $$"""{"id":"{{id}}"}""", """{"$or":[{"batchCode":"B-1"},{}]}""", """{"batchCode":{"$ne":"x"}}""",
            """{"$nor":[{"rating":1}]}"""])
        {
            Assert.Equal(0, (int?)(await mine.SendAsync("GET", $"{Http.Batches}?p={Uri.EscapeDataString(p)}").JsonAsync())["total"]);
        }
    }

    [Theory]
    [InlineData("?P={\"$or\":[{\"rating\":4},{\"ratin\":1}]}", "P.$or[1].ratin")]
    [InlineData("?p={\"rating\":{\"$gte\":\"x\"}}", "p.rating.$gte")]
    [InlineData("?p={", "p")]
    [InlineData("?Fields=rating:gte:x", "Fields")]
    [InlineData("?fields=assignee:has:am", "fields")]
    [InlineData("?fields=rating:contains:4", "fields")]
    [InlineData("?fields=assignee:contains:null", "fields")]
    [InlineData("?Q=\"a", "Q")]
    [InlineData("?Cursor=abc", "Cursor")]
    [InlineData("?p={}&p={}", "p")]
    public async Task An_error_in_a_filter_names_its_position(string query, string key)
    {
        using var client = await server.CreateClientAsync();
        foreach (var list in (string[])[Http.Batches, $"{Http.Batches}/deleted"])
        {
            var problem = await client.SendAsync("GET", list + query).ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
            Assert.Equal([key], problem["errors"]!.AsObject().Select(error => error.Key));
        }
    }

    [Fact]
    public async Task All_errors_in_a_filter_are_reported()
    {
        using var client = await server.CreateClientAsync();
        var problem = await client.SendAsync("GET", $"{Http.Batches}?limit=0&fields=foo,rating:x&p={{\"a\":1,\"rating\":{{}}}}&sortBy=bar")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        Assert.Equal(
            ["fields", "limit", "p.a", "p.rating", "sortBy"],
            problem["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Links_keep_the_bracketed_form_of_a_filter()
    {
        using var client = await server.CreateClientAsync();
        foreach (var i in Enumerable.Range(0, 4))
            await client.CreateAsync(Http.Batch($"B-{i}", $"\"rating\":{i},\"assignee\":\"a & b\""));
        var found = new List<string?>();
        var address = $"{Http.Batches}?p[rating][$in][]=1&p[rating][$in][]=3&P[assignee]=a%20%26%20b&limit=1";
        while (address is not null)
        {
            using var response = await client.SendAsync("GET", address);
            found.AddRange((await response.JsonAsync())["data"]!.AsArray().Select(batch => (string?)batch!["batchCode"]));
            var next = response.Headers.GetValues("Link").Single().Split(", ")
                .FirstOrDefault(link => link.EndsWith("\"next\"", StringComparison.Ordinal));
            address = next?[1..next.IndexOf('>', StringComparison.Ordinal)];
        }
        Assert.Equal(["B-3", "B-1"], found);
    }

    [Fact]
    public async Task Conditions_are_rejected_on_a_retrieve()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();
        await client.SendAsync("GET", $"{Http.Batches}/{id}?fields=batchCode,rating:4")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        await client.SendAsync("GET", $"{Http.Batches}/{id}?p={{}}").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        Assert.Equal(2, (await client.SendAsync("GET", $"{Http.Batches}/{id}?fields=batchCode").JsonAsync()).Count);
    }

    [Fact]
    public async Task The_longest_filter_fits_into_the_request_line()
    {
        using var client = await server.CreateClientAsync();
        var p = $$"""{"notes":"{{new string('é', 4_090)}}"}""";
        Assert.Equal(0, (int?)(await client.SendAsync("GET", $"{Http.Batches}?p={Uri.EscapeDataString(p)}").JsonAsync())["total"]);
    }
}

using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>The header <c>Prefer: explain</c>: how a list was read, in the terms of the API.</summary>
[Collection<InLargeAccount>]
public sealed class ExplainTests(ApiServer server, LargeAccount large)
{
    /// <summary>Names that only the database uses.</summary>
    private static readonly string[] NamesOfTheDatabase =
    [
        "batches", "ix_", "ux_", "pk_", "_at", "_id", "_date", "_code", "_type", "_text", "account", "select", "where ", "limit", "union",
        "und-x-icu", "coalesce", "seq", "scan", "@", "$",
    ];

    [Theory]
    [InlineData("?limit=20", "walk count")]
    [InlineData("?count=none", "walk")]
    [InlineData("?count=exact", "walk count")]
    [InlineData("?limit=1000&page=13", "walk count")]
    [InlineData("?count=exact&page=600", "count walk")]
    [InlineData("?count=exact&page=100000", "count")]
    [InlineData("?page=2147483647&limit=1000", "count")]
    [InlineData("?count=none&page=2147483647&limit=1000", "")]
    [InlineData("/deleted?sortBy=rating", "walk count")]
    [InlineData("?fields=rating:4", "walk count")]
    [InlineData("?q=everywhere", "head count")]
    [InlineData("?q=everywhere&count=none", "head")]
    [InlineData("?q=seldom&count=none", "head head")]
    [InlineData("?q=oldest", "head gather")]
    [InlineData("?q=nowhere", "head gather")]
    [InlineData("?q=yesterday", "head head count")]
    [InlineData($"?fields=leadIds:{LargeAccount.LeadOfSome}", "gather")]
    [InlineData($"?fields=leadIds:{LargeAccount.LeadOfAll}", "gather walk count")]
    [InlineData($"?fields=leadIds:{LargeAccount.LeadOfAll}&page=600&count=none", "walk")]
    public async Task The_explanation_has_every_step(string list, string steps)
    {
        using var response = await SendAsync(large.Client, list, "explain");
        var page = await response.JsonAsync();

        Assert.Equal(["explain"], response.Headers.GetValues("Preference-Applied"));
        Assert.Equal("explain", page.Last().Key);
        Assert.Equal(["where", "order", "steps"], page["explain"]!.AsObject().Select(member => member.Key));
        Assert.Equal(steps, string.Join(' ', page["explain"]!["steps"]!.AsArray().Select(step => (string)step!["step"]!)));
        Assert.All(page["explain"]!["steps"]!.AsArray(), step =>
        {
            Assert.Equal(
                ["step", "indexes", "estimatedRows", "actualRows", "readRows", "sortedRows"],
                step!.AsObject().Select(member => member.Key));
            Assert.InRange((long)step["readRows"]!, 0, long.MaxValue);
        });

        // The response is otherwise the same. The writes of other tests move an estimated total.
        var plain = await large.Client.GetJsonAsync($"{Http.Batches}{list}");
        page.Remove("explain");
        if ((bool?)page["totalIsExact"] == false)
            Assert.True(page.Remove("total") && plain.Remove("total"));
        Http.AssertSame(plain, page);
    }

    [Theory]
    [InlineData("", "always", "createdAt desc, id desc")]
    [InlineData("/deleted?sortBy=rating,dueDate&order=asc,desc", "always", "rating asc, dueDate desc, id asc")]
    [InlineData("?sortBy=batchCode", "always", "batchCode desc")]
    [InlineData("?fields=batchCode,assignee:amy,rating:gte:4", "assignee = \"amy\" and rating >= 4", "createdAt desc, id desc")]
    [InlineData(
        "?p={\"$or\":[{\"dueDate\":null},{\"repeated\":{\"$ne\":true}}]}",
        "dueDate is missing or repeated = false",
        "createdAt desc, id desc")]
    [InlineData("?p={\"rating\":99}", "never", "createdAt desc, id desc")]
    [InlineData(
        "?q=-a",
        "text has not \"a\" and leadIds has not any of [\"a\"] and opportunityIds has not any of [\"a\"]",
        "createdAt desc, id desc")]
    public async Task The_explanation_has_the_filters_and_the_order(string list, string where, string order)
    {
        var explain = (await (await SendAsync(large.Client, list, "explain")).JsonAsync())["explain"]!;
        Assert.Equal((where, order), ((string?)explain["where"], (string?)explain["order"]));
    }

    [Fact]
    public async Task The_explanation_has_no_names_of_the_database()
    {
        string[] lists =
        [
            .. Oracle.Sortable.Where(name => name != "deletedAt").Select(name => $"?sortBy={name}"),
            .. Oracle.Sortable.Select(name => $"/deleted?sortBy={name}&order=asc"),
            "?p={\"$nor\":[{\"createdAt\":{\"$gt\":\"2026-01-05\"}},{\"batchType\":\"x\"},{\"dueDate\":null},"
                + "{\"leadIds\":{\"$size\":2}},{\"opportunityIds\":{\"$gt\":\"x\"}}]}",
            "?fields=batchCode:startsWith:a,batchType:contains:everywhere", "?q=rarest", "?q=nowhere -everywhere \"x y\"",
            "?q=63a5b84c53e1218321c55572", "?q=yesterday",
            $"?fields=leadIds:{LargeAccount.LeadOfOne},opportunityIds:ne:x", $"?fields=leadIds:{LargeAccount.LeadOfAll}",
            "?page=500&count=exact", "?sortBy=rating,dueDate,notes&page=9",
        ];
        foreach (var list in lists)
        {
            var text = (await (await SendAsync(large.Client, list, "explain")).JsonAsync())["explain"]!.ToJsonString();
            Assert.All(NamesOfTheDatabase, name => Assert.DoesNotContain(name, text, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Read_keys_and_requests_without_the_preference_get_no_explanation()
    {
        var account = ApiServer.NewAccountName();
        using var writer = await server.CreateClientAsync("write", account);
        using var reader = await server.CreateClientAsync("read", account);
        await writer.CreateIdAsync();
        foreach (var (client, preference, isTold) in ((HttpClient, string?, bool)[])
            [(writer, "explain", true), (writer, "respond-async, Explain; x=y", true), (writer, null, false),
                (writer, "x=\"explain\"", false), (reader, "explain", false), (reader, null, false)])
        {
            foreach (var list in (string[])["", "?q=a", "/deleted"])
            {
                using var response = await SendAsync(client, list, preference);
                Assert.Equal(isTold, (await response.JsonAsync()).ContainsKey("explain"));
                Assert.Equal(isTold, response.Headers.Contains("Preference-Applied"));
            }
        }
    }

    [Fact]
    public async Task An_error_response_has_no_explanation()
    {
        using var response = await SendAsync(large.Client, "?limit=0", "explain");
        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        Assert.False(problem.ContainsKey("explain"));
        Assert.False(response.Headers.Contains("Preference-Applied"));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string list, string? preference)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Http.Batches}{list}");
        if (preference is not null)
            request.Headers.Add("Prefer", preference);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.ApiTests.Filters;
using CsCheck;

namespace BatchesApi.ApiTests;

/// <summary><c>POST /api/v2/batches/search</c>: the list with its parameters in the body (specification, section 3.13).</summary>
public sealed class SearchByBodyTests(ApiServer server)
{
    private static readonly string[] Sorts = ["rating", "dueDate", "batchCode", "assignee", "createdAt", "repeated", "version"];

    private static readonly string[] Searches = ["a", "b", "-a", "null", "é", "\"a b\"", "quoted"];

    private static readonly string[] Counts = ["exact", "bounded", "none"];

    private static readonly string[] Kept = ["batchCode", "rating", "dueDate", "notes", "leadIds"];

    /// <summary>Random parameters of a list, some of them absent, as members of a body.</summary>
    private static Gen<JsonObject> Parameters { get; } =
        from p in RandomConditions.All
        from term in RandomConditions.Terms
        from numbers in Gen.Int[0, 1_000_000].Array[12]
        select CreateParameters(p, term.Term, numbers);

    [Fact]
    public async Task A_search_returns_what_the_list_with_the_same_parameters_returns()
    {
        using var records = await RandomRecords.CreateAsync(server);
        await Parameters.SampleAsync(
            async parameters =>
            {
                var query = string.Join('&', parameters.Select(member => $"{member.Key}={Uri.EscapeDataString(ToText(member.Value!))}"));
                using var list = await records.Client.SendAsync("GET", $"{Http.Batches}?{query}");
                using var search = await records.Client.SendAsync("POST", Http.Search, parameters.ToJsonString());
                var expected = await list.JsonAsync();
                Http.AssertSame(expected, await search.JsonAsync());
                Assert.Equal(list.Headers.TryGetValues("X-Total-Count", out var total), search.Headers.TryGetValues(
                    "X-Total-Count", out var found));
                Assert.Equal(total, found);
                Assert.False(search.Headers.Contains("Link"));

                // The next page, by the cursor of either.
                if ((string?)expected["nextCursor"] is { } cursor)
                {
                    parameters.Remove("page");
                    var rest = parameters.DeepClone().AsObject();
                    rest["cursor"] = cursor;
                    Http.AssertSame(
                        await records.Client.GetJsonAsync($"{Http.Batches}?{WithoutPage(query)}&cursor={cursor}"),
                        await records.Client.SendAsync("POST", Http.Search, rest.ToJsonString()).JsonAsync());
                }
            },
            iter: 100,
            print: parameters => parameters.ToJsonString());
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("application/json; charset=UTF-8", " ")]
    [InlineData("application/vnd.batches+json", """{"limit":20}""")]
    [InlineData("application/x-www-form-urlencoded", """{"limit":20}""")]
    [InlineData("application/x-www-form-urlencoded", "")]
    [InlineData(null, "{}")]
    [InlineData(null, null)]
    public async Task A_body_without_filters_returns_the_list(string? type, string? body)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());
        var page = await client.SendAsync("POST", Http.Search, body, type).JsonAsync();
        Http.AssertSame(batch, Assert.Single(page["data"]!.AsArray())!);
        Http.AssertSame(await client.GetJsonAsync(Http.Batches), page);
    }

    [Fact]
    public async Task A_body_takes_1000_ids()
    {
        using var client = await server.CreateClientAsync();
        using var created = await client.SendAsync(
            "POST", Http.Batches, $"[{string.Join(',', Enumerable.Range(0, 1_000).Select(i => Http.Batch($"B-{i}")))}]");
        var ids = JsonNode.Parse(await created.TextAsync(HttpStatusCode.Created))!.AsArray().Select(batch => batch!.Id()).ToList();
        await client.CreateIdAsync("B-other");

        var body = new JsonObject
        {
            ["p"] = new JsonObject { ["id"] = new JsonObject { ["$in"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]) } },
            ["limit"] = 1_000,
            ["sortBy"] = "id",
            ["order"] = "asc",
            ["fields"] = new JsonArray("id"),
        };
        var page = await client.SendAsync("POST", Http.Search, body.ToJsonString()).JsonAsync();
        Assert.Equal(1_000, (int?)page["total"]);
        Assert.Equal(ids.Order(StringComparer.Ordinal), page["data"]!.AsArray().Select(batch => batch!.Id()));

        body["p"]!["id"]!["$in"]!.AsArray().Add(TestRoutes.UnknownId);
        Assert.Equal(
            ["p.id.$in: too many values (1,001). The maximum is 1,000."],
            await client.SendAsync("POST", Http.Search, body.ToJsonString()).ValidationErrorsAsync("invalid_body"));
    }

    [Theory]
    [InlineData(256 * 1024, true)]
    [InlineData((256 * 1024) + 1, false)]
    public async Task A_body_has_at_most_256_KiB(int bytes, bool isAllowed)
    {
        using var client = await server.CreateClientAsync();
        var body = "{}".PadRight(bytes);
        if (isAllowed)
            await client.SendAsync("POST", Http.Search, body).JsonAsync();
        else
            await client.SendAsync("POST", Http.Search, body).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "limit=20")]
    [InlineData("text/plain", "{}")]
    [InlineData("application/json-patch+json", "[]")]
    [InlineData("application/json; charset=utf-16", "{}")]
    public async Task A_body_of_another_media_type_is_rejected(string type, string body)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Search, body, type)
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("limit=20")]
    [InlineData("{\"limit\":")]
    [InlineData("{\"p\":{\"rating\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task A_body_that_is_not_a_JSON_object_is_400(string body)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Search, body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task All_errors_are_reported_under_the_names_in_the_body()
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync(
            "POST",
            Http.Search,
            """{"limit":1.5,"per_page":1,"p":{"$or":[{"rating":4},{"rating":"4"}]},"sortBy":["ratings"],"cursor":"abc"}""")
            .ValidationErrorsAsync("invalid_body");
        Assert.Equal(
            [
                "per_page: is not a member of a search. Use limit.",
                "limit: must be a whole number from 1 to 1,000.",
                "p.$or[1].rating: expected an integer or null.",
                "sortBy: unknown field 'ratings'. Did you mean 'rating'?",
                "cursor: not a cursor of this list. Send 'nextCursor' unchanged, with the same account, 'sortBy', 'order' and filters.",
            ],
            errors);
    }

    [Fact]
    public async Task A_search_can_be_explained()
    {
        using var client = await server.CreateClientAsync();
        await client.CreateIdAsync();
        using var response = await client.SendAsync(
            "POST", Http.Search, """{"p":{"rating":4}}""", headers: ("Prefer", "explain"));
        Assert.Equal("rating = 4", (string?)(await response.JsonAsync())["explain"]!["where"]);
        Assert.Equal(["explain"], response.Headers.GetValues("Preference-Applied"));
    }

    [Fact]
    public async Task A_search_with_filters_is_resource_intensive()
    {
        await using var app = await ApiServer.StartAsync(
            server.ConnectionString, ("RateLimits:Enabled", "true"), ("RateLimits:Intensive:PerMinute", "2"));
        using var client = await server.CreateClientAsync();
        var address = new Uri(new Uri(app.Urls.First()), Http.Search).ToString();
        foreach (var body in (string[])["{}", """{"limit":1,"fields":["rating"]}""", """{"p":{"rating":1}}""", """{"q":"a"}""", ""])
            await client.SendAsync("POST", address, body).JsonAsync();
        await client.SendAsync("POST", address, """{"fields":["rating:1"]}""")
            .ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
    }

    [Fact]
    public async Task A_search_is_compressed_as_lists_are()
    {
        using var client = await server.CreateClientAsync();
        using var response = await client.SendAsync("POST", Http.Search, "{}", headers: ("Accept-Encoding", "gzip"));
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
    }

    [Fact]
    public async Task A_search_finds_only_batches_within_the_policy()
    {
        var account = ApiServer.NewAccountName();
        using var all = await server.CreateClientAsync(account: account);
        using var mine = await server.CreateClientAsync("read", account, """{"assignee":{"$me":true}}""", name: "amy");
        var seen = await all.CreateAsync(Http.Batch("B-1", "\"assignee\":\"amy\""));
        await all.CreateAsync(Http.Batch("B-2", "\"assignee\":\"bob\""));
        var page = await mine.SendAsync("POST", Http.Search, """{"p":{"assignee":{"$ne":null}}}""").JsonAsync();
        Assert.Equal([seen.Id()], page["data"]!.AsArray().Select(batch => batch!.Id()));
        Assert.Equal(1, (int?)page["total"]);
    }

    private static JsonObject CreateParameters(string p, string term, int[] numbers)
    {
        var parameters = new JsonObject();
        if (numbers[0] % 2 == 0)
            parameters["p"] = JsonNode.Parse(p);
        if (numbers[1] % 3 == 0)
            parameters["q"] = Searches[numbers[2] % Searches.Length];
        if (numbers[3] % 2 == 0)
        {
            parameters["fields"] = numbers[4] % 3 == 0
                ? $"{Kept[numbers[4] % Kept.Length]},{term}"
                : new JsonArray(Kept[numbers[4] % Kept.Length], term);
        }
        if (numbers[5] % 2 == 0)
        {
            var (first, second) = (Sorts[numbers[5] / 2 % Sorts.Length], Sorts[numbers[6] % Sorts.Length]);
            parameters["sortBy"] = first == second ? first : new JsonArray(first, second);
        }
        if (numbers[7] % 2 == 0)
            parameters["order"] = numbers[7] % 3 == 0 ? "asc" : new JsonArray("desc");
        if (numbers[8] % 2 == 0)
            parameters["limit"] = 1 + (numbers[8] % 300);
        if (numbers[9] % 3 == 0)
            parameters["page"] = 1 + (numbers[9] % 4);
        if (numbers[10] % 2 == 0)
            parameters["count"] = Counts[numbers[11] % Counts.Length];
        return parameters;
    }

    /// <summary>A member of the body as a parameter.</summary>
    private static string ToText(JsonNode value) => value switch
    {
        JsonArray items => string.Join(',', items.Select(item => (string)item!)),
        JsonObject => value.ToJsonString(),
        _ when value.GetValueKind() == JsonValueKind.String => (string)value!,
        _ => ((int)value).ToString(CultureInfo.InvariantCulture),
    };

    private static string WithoutPage(string query) =>
        string.Join('&', query.Split('&').Where(parameter => !parameter.StartsWith("page=", StringComparison.Ordinal)));
}

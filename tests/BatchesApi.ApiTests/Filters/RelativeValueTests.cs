using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Access;
using BatchesApi.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests.Filters;

/// <summary>Relative values in lists and policies (specification, section 3.12), on a server whose clock the tests set.</summary>
public sealed class RelativeValueTests(ApiServer given) : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 12, 1, 9, 30, 0, TimeSpan.Zero);

    private static readonly string[] DueDates =
    [
        "2026-11-24T00:00:00Z", "2026-11-28T09:29:59.999999Z", "2026-11-28T09:30:00Z", "2026-12-01T00:00:00Z", "2026-12-01T09:30:00Z",
        "2026-12-01T09:30:00.000001Z", "2026-12-08T00:00:00Z", "2026-12-31T00:00:00Z",
    ];

    private readonly SettableClock _clock = new() { Now = Start };
    private string _connectionString = "";
    private WebApplication? _app;
    private Account? _account;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _connectionString = await given.CreateDatabaseAsync();
        _app = await ApiServer.StartAsync(
            _connectionString, builder => builder.Services.AddSingleton<TimeProvider>(_clock), options => options);
        await using var services = _app.Services.CreateAsyncScope();
        _account = await services.ServiceProvider.GetRequiredService<AccountStore>()
            .CreateAsync("relative", TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        await given.Postgres.DropDatabaseAsync(_connectionString);
    }

    [Fact]
    public async Task A_relative_time_finds_what_its_value_finds()
    {
        using var client = await CreateClientAsync("amy");
        await CreateBatchesAsync(client);
        foreach (var (relative, fixedQuery) in ((string, string)[])
            [
                ("fields=dueDate:lt:now", "fields=dueDate:lt:\"2026-12-01T09:30:00Z\""),
                ("fields=dueDate:lte:now", "fields=dueDate:lte:\"2026-12-01T09:30:00Z\""),
                ("fields=dueDate:gte:today-3d,dueDate:lt:today 7d", "fields=dueDate:gte:2026-11-28,dueDate:lt:2026-12-08"),
                ("fields=dueDate:in:today|now", "fields=dueDate:in:2026-12-01|\"2026-12-01T09:30:00Z\""),
                ("fields=createdAt:gte:now-1h", "fields=createdAt:gte:\"2026-12-01T08:30:00Z\""),
                ("p={\"dueDate\":{\"$gte\":{\"$now\":\"-3d\"}}}", "p={\"dueDate\":{\"$gte\":\"2026-11-28T09:30:00Z\"}}"),
                ("p={\"dueDate\":{\"$today\":\"-1w\"}}", "p={\"dueDate\":\"2026-11-24\"}"),
                ("p={\"dueDate\":{\"$ne\":{\"$today\":\"%2B7d\"}}}", "p={\"dueDate\":{\"$ne\":\"2026-12-08\"}}"),
                ("p={\"dueDate\":{\"$nin\":[{\"$today\":\"-0d\"},null]}}", "p={\"dueDate\":{\"$nin\":[\"2026-12-01\",null]}}"),
                ("p={\"dueDate\":{\"$not\":{\"$gt\":{\"$now\":\"+0m\"}}}}",
                    "p={\"dueDate\":{\"$not\":{\"$gt\":\"2026-12-01T09:30:00Z\"}}}"),
                ("p[dueDate][$gt][$now]=-72h", "p[dueDate][$gt]=2026-11-28T09:30:00Z"),
                ("p={\"assignee\":{\"$me\":true}}", "p={\"assignee\":\"amy\"}"),
                ("p[assignee][$ne][$me]=true", "p={\"assignee\":{\"$ne\":\"amy\"}}"),
                ("p={\"leadIds\":{\"$me\":true}}", "p={\"leadIds\":\"amy\"}"),
                ("p={\"leadIds\":[\"x\",{\"$me\":true}]}", "p={\"leadIds\":[\"x\",\"amy\"]}"),
                ("p={\"notes\":{\"$contains\":{\"$me\":true}}}", "p={\"notes\":{\"$contains\":\"amy\"}}"),
                ("p={\"notes\":{\"$not\":{\"$startsWith\":{\"$me\":true}}}}", "p={\"notes\":{\"$not\":{\"$startsWith\":\"amy\"}}}"),
            ])
        {
            var expected = await CodesAsync(client, fixedQuery);
            Assert.InRange(expected.Count, 1, DueDates.Length);
            Assert.Equal(expected, await CodesAsync(client, relative));
        }
    }

    [Fact]
    public async Task A_cursor_keeps_the_time()
    {
        using var client = await CreateClientAsync("amy");
        await CreateBatchesAsync(client);
        const string Query = "sortBy=dueDate&order=asc&count=exact&fields=batchCode,dueDate:gte:now-3d,dueDate:lt:today%2B7d";
        var expected = await CodesAsync(client, Query);
        Assert.Equal(4, expected.Count);

        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = await client.GetJsonAsync($"{Http.Batches}?limit=1&{Query}&cursor={cursor}");
            Assert.Equal(4, (int?)page["total"]);
            found.Add((string)page["data"]![0]!["batchCode"]!);
            cursor = (string?)page["nextCursor"];
            _clock.Now = _clock.Now.AddDays(2);
        }
        while (cursor is not null);
        Assert.Equal(expected, found);
        Assert.NotEqual(expected, await CodesAsync(client, Query));
    }

    [Fact]
    public async Task A_policy_moves_with_the_time()
    {
        using var all = await CreateClientAsync("all");
        using var client = await CreateClientAsync("amy", """{"dueDate":{"$gte":{"$today":"-7d"}}}""");
        await CreateBatchesAsync(all);
        Assert.Equal(DueDates.Length, (await CodesAsync(client, "")).Count);
        var list = $"{Http.Batches}?sortBy=dueDate&order=asc&p={{\"dueDate\":{{\"$ne\":{{\"$now\":\"-9d\"}}}}}}";
        var page = await client.GetJsonAsync($"{list}&limit=1");
        var first = page["data"]![0]!.Id();
        await client.SendAsync("PATCH", $"{Http.Batches}/{first}", """{"dueDate":"2026-11-23"}""")
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await client.SendAsync("POST", Http.Batches, Http.Batch("B-old", "\"dueDate\":\"2026-11-23T23:59:59Z\""))
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await client.CreateAsync(Http.Batch("B-new", "\"dueDate\":\"2026-11-24\""));

        _clock.Now = Start.AddDays(10);
        foreach (var (method, address, body) in ((string, string, string?)[])
            [
                ("GET", $"{Http.Batches}/{first}", null),
                ("PATCH", $"{Http.Batches}/{first}", """{"dueDate":"2027-01-01"}"""),
                ("DELETE", $"{Http.Deleted}/{first}", null),
            ])
        {
            await client.SendAsync(method, address, body).ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
        }
        Assert.Equal(["B-6", "B-7"], await CodesAsync(client, "sortBy=dueDate&order=asc"));

        // The time of a cursor is for the filters of the client alone.
        var next = await client.GetJsonAsync($"{list}&cursor={page["nextCursor"]}");
        Assert.Equal(["B-6", "B-7"], next["data"]!.AsArray().Select(batch => (string)batch!["batchCode"]!));
    }

    /// <summary>The conditions of all callers have the same text.</summary>
    [Fact]
    public async Task Each_caller_of_a_policy_with_me_sees_only_their_batches()
    {
        const string Policy = """{"assignee":{"$me":true}}""";
        using var all = await CreateClientAsync("all");
        using var amy = await CreateClientAsync("amy", Policy);
        using var bob = await CreateClientAsync("bob", Policy);
        var (ofAmy, ofBob) = (await all.CreateAsync(Http.Batch("B-a", "\"assignee\":\"amy\"")),
            await all.CreateAsync(Http.Batch("B-b", "\"assignee\":\"bob\"")));
        for (var i = 0; i < 3; i++)
        {
            foreach (var query in (string[])["", "q=renewal", "count=exact", "limit=1&p={\"assignee\":{\"$ne\":null}}"])
            {
                Assert.Equal(["B-a"], await CodesAsync(amy, query));
                Assert.Equal(["B-b"], await CodesAsync(bob, query));
            }
            await amy.SendAsync("GET", $"{Http.Batches}/{ofBob.Id()}").ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            await bob.SendAsync("PATCH", $"{Http.Batches}/{ofAmy.Id()}", """{"rating":1}""")
                .ProblemAsync(HttpStatusCode.NotFound, "batch_not_found");
            await amy.SendAsync("PATCH", $"{Http.Batches}/{ofAmy.Id()}", $$"""{"rating":{{i}}}""").JsonAsync();
        }
        await amy.SendAsync("PATCH", $"{Http.Batches}/{ofAmy.Id()}", """{"assignee":"bob"}""")
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await bob.SendAsync("POST", Http.Batches, Http.Batch("B-c", "\"assignee\":\"amy\""))
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        await bob.CreateAsync(Http.Batch("B-c", "\"assignee\":\"bob\""));
        Http.AssertSame(JsonNode.Parse(Policy)!, (await amy.GetJsonAsync("/api/v2/keys/me"))["policy"]!);
    }

    [Fact]
    public async Task The_name_of_a_user_is_the_address()
    {
        var account = ApiServer.NewAccountName();
        var (email, token) = await given.SignInAsync(account: account);
        using var client = given.CreateClient(token);
        await client.CreateAsync(Http.Batch("B-1", $"\"assignee\":\"{email}\""));
        await client.CreateAsync(Http.Batch("B-2", "\"assignee\":\"amy\""));
        Assert.Equal(["B-1"], await CodesAsync(client, "p={\"assignee\":{\"$me\":true}}"));
    }

    [Fact]
    public async Task An_explanation_shows_the_relative_values()
    {
        using var client = await CreateClientAsync("amy");
        await CreateBatchesAsync(client);
        var page = await client.SendAsync(
            "GET",
            $"{Http.Batches}?p={{\"assignee\":{{\"$me\":true}}}}&fields=dueDate:lt:now-3d",
            headers: ("Prefer", "explain")).JsonAsync();
        Assert.Equal("dueDate < now-3d and assignee = me", (string?)page["explain"]!["where"]);
    }

    private static async Task CreateBatchesAsync(HttpClient client)
    {
        foreach (var (i, dueDate) in DueDates.Index())
        {
            await client.CreateAsync(Http.Batch(
                $"B-{i}",
                $"\"dueDate\":\"{dueDate}\",\"assignee\":\"{(i % 2 == 0 ? "amy" : "bob")}\",\"notes\":\"{(i % 2 == 0 ? "Amy" : "x")}\","
                + $"\"leadIds\":[\"x\",\"{(i % 3 == 0 ? "amy" : "y")}\"]"));
        }
    }

    private async Task<HttpClient> CreateClientAsync(string name, string? policy = null)
    {
        await using var services = _app!.Services.CreateAsyncScope();
        var (_, secret) = (await services.ServiceProvider.GetRequiredService<ApiKeyStore>().CreateAsync(
            _account!.Id, new NewApiKey(name, Scope.Write, policy), ApiServer.Operator, TestContext.Current.CancellationToken)).Value;
        return ApiServer.CreateClient(new Uri(_app.Urls.First()), secret);
    }

    private static async Task<IReadOnlyList<string>> CodesAsync(HttpClient client, string query) =>
        [.. (await client.GetJsonAsync($"{Http.Batches}?{query}"))["data"]!.AsArray().Select(batch => (string)batch!["batchCode"]!)];

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

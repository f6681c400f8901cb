using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using BatchesApi.Domain;

namespace BatchesApi.ApiTests;

/// <summary>Groups (specification, section 3.11), compared with groups that are computed without a database.</summary>
public sealed class GroupTests(ApiServer server, ManyBatches many) : IClassFixture<ManyBatches>
{
    private static readonly string[] Keys =
    [
        "batchType", "manager", "assignee", "rating", "repeated",
        .. from name in (string[])["dueDate", "createdAt", "updatedAt"]
           from unit in (string[])["day", "week", "month", "year"]
           select $"{name}:{unit}",
    ];

    public static TheoryData<string> By =>
    [
        .. Keys,
        "manager,rating", "rating,manager", "assignee,batchType", "repeated,dueDate:month", "dueDate:week,assignee",
        "createdAt:day,updatedAt:day", "dueDate:year,rating",
    ];

    public static TheoryData<string> Filters =>
    [
        "fields=rating:gte:3", "p={\"repeated\":true}", "q=resume", "fields=assignee:contains:a&p={\"rating\":{\"$ne\":2}}",
        "fields=dueDate:null", "p={\"$or\":[{\"manager\":\"a\"},{\"manager\":null}]}", "q=nowhere", "fields=leadIds:a", "p[rating]=4",
    ];

    [Theory]
    [MemberData(nameof(By))]
    public async Task Groups_are_counted_and_ordered_as_specified(string by)
    {
        var expected = Group(many.Active, by);
        var page = await many.Client.GetJsonAsync($"{Http.Groups}?by={by}&limit=1000");
        Http.AssertSame(new JsonArray([.. expected]), page["data"]);
        Assert.Equal((expected.Count, ManyBatches.Count), ((int?)page["groups"], (int?)page["total"]));

        page = await many.Client.GetJsonAsync($"{Http.Groups}?by={by}&limit=2");
        Http.AssertSame(new JsonArray([.. Group(many.Active, by).Take(2)]), page["data"]);
        Assert.Equal((expected.Count, ManyBatches.Count), ((int?)page["groups"], (int?)page["total"]));
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Groups_have_the_batches_that_a_list_with_the_same_filters_has(string filter)
    {
        var ids = (await many.Client.ListAsync($"{Http.Batches}?limit=1000&{filter}")).Select(batch => batch!.Id()).ToHashSet();
        var batches = many.Active.Where(batch => ids.Contains(batch.Id)).ToList();
        foreach (var by in (string[])["assignee", "rating,dueDate:month"])
        {
            var page = await many.Client.GetJsonAsync($"{Http.Groups}?by={by}&limit=1000&{filter}");
            Http.AssertSame(new JsonArray([.. Group(batches, by)]), page["data"]);
            Assert.Equal(ids.Count, (int?)page["total"]);
        }
    }

    [Fact]
    public async Task The_members_of_a_group_are_the_fields_in_their_order_and_the_count()
    {
        using var client = await server.CreateClientAsync();
        foreach (var (code, assignee) in new[] { ("B-1", "\"amy\""), ("B-2", "null"), ("B-3", "\"amy\""), ("B-4", "\"\"") })
            await client.CreateAsync(Http.Batch(code, $"\"assignee\":{assignee},\"dueDate\":\"2026-12-31T23:59:59Z\""));
        await client.CreateDeletedIdAsync("B-5");

        Assert.Equal(
            """
            {"data":[{"assignee":"amy","count":2},{"assignee":"","count":1},{"assignee":null,"count":1}],"groups":3,"total":4}
            """,
            (await client.GetJsonAsync($"{Http.Groups}?by=assignee")).ToJsonString());
        Assert.Equal(
            """{"data":[{"dueDate":"2026-12-28","assignee":"amy","count":2}],"groups":3,"total":4}""",
            (await client.GetJsonAsync($"{Http.Groups}?BY=duedate:WEEK,Assignee&limit=1")).ToJsonString());
    }

    [Theory]

    // A week may begin in the year before, and the first instant that can be stored is not in another group than the rest of its day.
    [InlineData("week", "0001-01-01 2", "2026-12-28 3", "2024-12-30 2", "2027-01-04 1", "9999-12-27 1")]
    [InlineData("day", "0001-01-01 2", "2024-12-31 1", "2025-01-01 1", "2026-12-28 1", "2026-12-31 1", "2027-01-03 1", "2027-01-04 1",
        "9999-12-31 1")]
    [InlineData("month", "2026-12-01 2", "0001-01-01 2", "2027-01-01 2", "2024-12-01 1", "2025-01-01 1", "9999-12-01 1")]
    [InlineData("year", "0001-01-01 2", "2026-01-01 2", "2027-01-01 2", "2024-01-01 1", "2025-01-01 1", "9999-01-01 1")]
    public async Task Units_of_time_are_in_UTC_and_cover_all_years(string unit, params string[] expected)
    {
        using var client = await server.CreateClientAsync();
        string[] dates =
        [
            "0001-01-01", "0001-01-01T05:00:00Z", "9999-12-31T23:59:59.999999Z", "2024-12-31T23:59:59Z", "2025-01-01",
            "2026-12-28T05:00:00+03:00", "2026-12-31T23:00:00-00:30", "2027-01-03T23:59:59.999999Z", "2027-01-04",
        ];
        foreach (var (i, date) in dates.Index())
            await client.CreateAsync(Http.Batch($"B-{i}", $"\"dueDate\":\"{date}\""));

        var groups = await client.ListAsync($"{Http.Groups}?by=dueDate:{unit}");
        Assert.Equal(Order(expected), groups.Select(group => $"{group!["dueDate"]} {group["count"]}"));
    }

    [Fact]
    public async Task A_policy_limits_the_batches()
    {
        var account = ApiServer.NewAccountName();
        using var owner = await server.CreateClientAsync(account: account);
        using var restricted = await server.CreateClientAsync("read", account, """{"rating":{"$gte":3}}""");
        using var stranger = await server.CreateClientAsync();
        foreach (var rating in (int[])[1, 3, 3, 5])
            await owner.CreateAsync(Http.Batch(Guid.NewGuid().ToString(), $"\"rating\":{rating}"));

        Assert.Equal(
            """{"data":[{"rating":3,"count":2},{"rating":5,"count":1}],"groups":2,"total":3}""",
            (await restricted.GetJsonAsync($"{Http.Groups}?by=rating")).ToJsonString());
        Assert.Equal(
            """{"data":[],"groups":0,"total":0}""", (await stranger.GetJsonAsync($"{Http.Groups}?by=rating")).ToJsonString());
        Assert.Equal(3, (int?)(await owner.GetJsonAsync($"{Http.Groups}?by=rating"))["groups"]);
    }

    [Fact]
    public async Task All_errors_are_in_one_response()
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("GET", $"{Http.Groups}?limit=0&fields=rating&p={{\"x\":1}}&page=2&sortBy=rating")
            .ValidationErrorsAsync("invalid_parameter");
        Assert.Equal(
            [
                "page: is not a parameter of this operation. Parameters: by, limit, fields, p, q.",
                "sortBy: is not a parameter of this operation. Parameters: by, limit, fields, p, q.",
                "by: is required. Name one or two fields, such as by=assignee or by=assignee,dueDate:month.",
                "fields: unexpected field name 'rating' at character 1. Groups have only the fields in by. Use fields for conditions, "
                + "such as assignee:amy.",
                "limit: must be a whole number from 1 to 1,000.",
                "p.x: unknown field 'x'.",
            ],
            errors);
    }

    [Fact]
    public async Task Groups_that_take_too_long_time_out_like_lists()
    {
        await using var slow = await SeparateServer.StartAsync(server, "", ("Lists:TimeoutSeconds", "1"));
        using var client = slow.CreateClient((await slow.CreateAccountAsync("slow")).Key);
        await using (await slow.LockBatchesAsync())
        {
            var problem = await client.SendAsync("GET", $"{Http.Groups}?by=rating")
                .ProblemAsync(HttpStatusCode.ServiceUnavailable, "list_timeout");
            Assert.Equal(
                "The list of groups timed out after 1 s. Narrow it: filter by a field that equals a value, or group by one field. "
                + "Slow lists of an account run one at a time.",
                (string?)problem["detail"]);
        }
        Assert.Empty(await client.ListAsync($"{Http.Groups}?by=rating"));
    }

    /// <summary>The expected groups: the largest first, then by their values, nulls last.</summary>
    private static List<JsonNode?> Group(IEnumerable<Batch> batches, string by)
    {
        var keys = by.Split(',').Select(key => key.Split(':')).ToList();
        var groups = batches
            .GroupBy(batch => new Values([.. keys.Select(key => GetValue(batch, key))]))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key).ToList();
        return
        [
            .. groups.Select(group => new JsonObject(
            [
                .. keys.Select((key, i) => KeyValuePair.Create(key[0], ToJson(group.First(), key, group.Key.All[i]))),
                KeyValuePair.Create("count", (JsonNode?)group.Count()),
            ])),
        ];
    }

    private static IComparable? GetValue(Batch batch, string[] key) =>
        Oracle.GetValue(batch, key[0]) is var value && key is [_, var unit] && value is DateTime date ? GetFirstDay(date, unit) : value;

    private static DateOnly GetFirstDay(DateTime time, string unit)
    {
        var date = DateOnly.FromDateTime(time);
        return unit switch
        {
            "day" => date,
            "week" => date.AddDays(-(((int)date.DayOfWeek + 6) % 7)),
            "month" => new DateOnly(date.Year, date.Month, 1),
            _ => new DateOnly(date.Year, 1, 1),
        };
    }

    private static JsonNode? ToJson(Batch batch, string[] key, IComparable? value) => value is DateOnly date
        ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : BatchFields.Find(key[0])!.Get(batch) switch
        {
            string text => text,
            int number => number,
            bool flag => flag,
            _ => null,
        };

    private static IEnumerable<string> Order(IEnumerable<string> groups) =>
        groups.OrderByDescending(group => int.Parse(group.Split(' ')[1], CultureInfo.InvariantCulture))
            .ThenBy(group => group, StringComparer.Ordinal);

    /// <summary>The values of a group.</summary>
    private sealed class Values(IReadOnlyList<IComparable?> all) : IComparable<Values>, IEquatable<Values>
    {
        public IReadOnlyList<IComparable?> All => all;

        public int CompareTo(Values? other) => all.Zip(other!.All, Compare).FirstOrDefault(difference => difference != 0);

        public bool Equals(Values? other) => all.SequenceEqual(other!.All);

        public override bool Equals(object? obj) => Equals(obj as Values);

        public override int GetHashCode() => all.Aggregate(0, HashCode.Combine);

        private static int Compare(IComparable? x, IComparable? y) => (x, y) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            _ => x.CompareTo(y),
        };
    }
}

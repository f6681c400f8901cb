using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Lists;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace BatchesApi.ApiTests;

/// <summary>The parameter <c>cursor</c> and the member <c>nextCursor</c> (specification, section 3).</summary>
public sealed class CursorTests(ApiServer server, ManyBatches many) : IClassFixture<ManyBatches>
{
    [Fact]
    public async Task A_page_behind_a_cursor_has_no_number_and_links_only_to_first_and_next()
    {
        const string Query = "limit=100&sortBy=rating,dueDate&order=asc,desc&fields=batchCode,repeated:true";
        var (first, _) = await GetAsync($"{Http.Batches}?{Query}");
        var pages = new List<(JsonObject Page, IReadOnlyDictionary<string, string> Links)>();
        for (var address = $"{Http.Batches}?{Query}&cursor={first["nextCursor"]}";
            address is not null;
            address = pages[^1].Links.GetValueOrDefault("next"))
        {
            pages.Add(await GetAsync(address));
        }

        Assert.All(pages[..^1], page => Assert.Equal(["first", "next"], page.Links.Keys));
        Assert.Equal(["first"], pages[^1].Links.Keys);
        Assert.Null(pages[^1].Page["nextCursor"]);
        Assert.All(pages, page =>
        {
            Assert.Equal(["data", "limit", "total", "totalIsExact", "pages", "nextCursor"], page.Page.Select(member => member.Key));
            Assert.Equal((int?)first["total"], (int?)page.Page["total"]);
            Assert.Equal(QueryHelpers.ParseQuery($"{Query}&page=1"), QueryHelpers.ParseQuery(new Uri(page.Links["first"]).Query));
        });
        var expected = Oracle.Sort(many.Active.Where(batch => batch.Repeated), "rating,dueDate", "asc,desc");
        Assert.Equal(
            expected,
            pages.Select(page => page.Page).Prepend(first).SelectMany(page => page["data"]!.AsArray()).Select(record => record!.Id()));
    }

    [Fact]
    public async Task Limit_count_and_selected_fields_can_change_between_pages_of_a_cursor()
    {
        var expected = Oracle.Sort(many.Active, "manager", "desc").ToList();
        var page = await many.Client.GetJsonAsync($"{Http.Batches}?sortBy=manager&limit=10");
        foreach (var (query, from, count) in ((string, int, int)[])[
            ("limit=1&count=none", 10, 1), ("limit=50&fields=id", 11, 50), ("count=exact&fields=notes,rating", 61, 20),
            ("limit=1000", 81, 156)])
        {
            page = await many.Client.GetJsonAsync($"{Http.Batches}?SORTBY=Manager&order=DESC&{query}&Cursor={page["nextCursor"]}");
            Assert.Equal(expected.Slice(from, count), page["data"]!.AsArray().Select(record => record!.Id()));
        }
        Assert.Null(page["nextCursor"]);
    }

    [Fact]
    public async Task An_empty_cursor_equals_no_cursor() => Http.AssertSame(
        await many.Client.GetJsonAsync($"{Http.Batches}?limit=1"), await many.Client.GetJsonAsync($"{Http.Batches}?limit=1&cursor="));

    [Theory]
    [InlineData("?cursor={cursor}&page=2&limit=0",
        "page: cannot be combined with cursor. A cursor continues after the last response by itself.", "limit: must be")]
    [InlineData("?cursor={cursor}&Page=1", "Page: cannot be combined with cursor. A cursor continues after the last response by itself.")]
    [InlineData("?CURSOR={cursor}&sortBy=rating", "CURSOR: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}&order=asc", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}&fields=rating:4", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}&p={\"rating\":4}", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}&q=a", "cursor: not a cursor of this list. ")]
    [InlineData("/deleted?cursor={cursor}", "cursor: not a cursor of this list. ")]
    [InlineData("/deleted?cursor={cursor}&sortBy=createdAt", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}A", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}%3D", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor=%20{cursor}", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor=x", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor=%00%F0%9F%98%80", "cursor: not a cursor of this list. ")]
    [InlineData("?cursor={cursor}&cursor={cursor}", "cursor: must not be given more than once.")]
    public async Task A_cursor_of_another_list_is_rejected(string address, params string[] errors)
    {
        var cursor = (string)(await many.Client.GetJsonAsync($"{Http.Batches}?limit=1"))["nextCursor"]!;
        var actual = await many.Client.SendAsync("GET", Http.Batches + address.Replace("{cursor}", cursor, StringComparison.Ordinal))
            .ValidationErrorsAsync("invalid_parameter");
        Assert.Equal(errors.Length, actual.Length);
        Assert.All(errors.Zip(actual), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cursor_of_another_account_is_rejected_without_details()
    {
        var cursor = (string)(await many.Client.GetJsonAsync($"{Http.Batches}?limit=1"))["nextCursor"]!;
        using var stranger = await server.CreateClientAsync();
        await stranger.CreateIdAsync();
        Assert.Equal(
            await stranger.SendAsync("GET", $"{Http.Batches}?cursor=x").ValidationErrorsAsync("invalid_parameter"),
            await stranger.SendAsync("GET", $"{Http.Batches}?cursor={cursor}").ValidationErrorsAsync("invalid_parameter"));
    }

    [Fact]
    public async Task A_cursor_with_the_longest_text_of_any_script_fits_into_an_address()
    {
        using var client = await server.CreateClientAsync();
        foreach (var (i, letter) in ((string[])["a", "\"", "\\", "\u00E9", "\u0645", "\u6F22", "\U0001F600"]).Index())
        {
            await client.CreateAsync(
                Http.Batch($"B-{i}", $"\"notes\":{JsonValue.Create(string.Concat(Enumerable.Repeat(letter, 10_000))).ToJsonString()}"));
        }

        var codes = new List<string>();
        for (var address = $"{Http.Batches}?sortBy=notes&limit=1&fields=batchCode"; address is not null;)
        {
            var page = await client.GetJsonAsync(address);
            codes.Add((string)Assert.Single(page["data"]!.AsArray())!["batchCode"]!);
            address = page["nextCursor"] is JsonValue cursor
                ? $"{Http.Batches}?sortBy=notes&limit=1&fields=batchCode&cursor={cursor}"
                : null;
        }
        Assert.Equal(7, codes.Distinct().Count());
        Assert.Equal(7, codes.Count);
    }

    [Theory]
    [InlineData("sortBy=rating", false)]
    [InlineData("sortBy=rating&order=asc", false)]
    [InlineData("sortBy=dueDate,rating&order=asc,desc", false)]
    [InlineData("sortBy=createdAt", false)]
    [InlineData("sortBy=version&order=asc", false)]
    [InlineData("sortBy=batchCode", false)]
    [InlineData("sortBy=notes", false)]
    [InlineData("sortBy=id,rating", false)]
    [InlineData("sortBy=deletedAt&order=asc", true)]
    [InlineData("q=a&sortBy=rating", false)]
    [InlineData("fields=leadIds:x&sortBy=rating", true)]
    public async Task Forged_cursor_values_are_handled_safely(string query, bool deleted)
    {
        var account = ApiServer.NewAccountName();
        using var client = await server.CreateClientAsync(account: account);
        await client.CreateDeletedIdAsync();
        await client.CreateIdAsync();
        var plan = await PlanAsync(query, account, deleted);
        Batch[] madeUp =
        [
            new() { DeletedAt = new DateTime(0, DateTimeKind.Utc) },
            new()
            {
                Id = new string('\uFFFF', 1_000), BatchCode = "' OR TRUE --", Notes = new string('x', 20_000), Rating = int.MaxValue,
                Version = int.MinValue, DueDate = DateTime.MaxValue, CreatedAt = DateTime.MaxValue, DeletedAt = DateTime.MaxValue,
            },
            new()
            {
                Id = "", BatchCode = "", Notes = "", Rating = int.MinValue, Version = int.MaxValue, DueDate = DateTime.MinValue,
                DeletedAt = DateTime.MinValue,
            },
        ];
        foreach (var batch in madeUp)
        {
            var page = await client.GetJsonAsync($"{(deleted ? Http.Deleted : Http.Batches)}?{query}&cursor={Cursor.Write(plan, batch)}");
            Assert.InRange(page["data"]!.AsArray().Count, 0, 1);
            Assert.Null(page["nextCursor"]);
        }
    }

    [Fact]
    public async Task A_forged_cursor_without_a_deletion_time_is_rejected()
    {
        var account = ApiServer.NewAccountName();
        using var client = await server.CreateClientAsync(account: account);
        var plan = await PlanAsync("", account, deleted: true);
        var errors = await client.SendAsync("GET", $"{Http.Deleted}?cursor={Cursor.Write(plan, new Batch { Id = "x" })}")
            .ValidationErrorsAsync("invalid_parameter");
        Assert.StartsWith("cursor: not a cursor of this list. ", Assert.Single(errors), StringComparison.Ordinal);
    }

    private async Task<(JsonObject Page, IReadOnlyDictionary<string, string> Links)> GetAsync(string address)
    {
        using var response = await many.Client.SendAsync("GET", address);
        return (await response.JsonAsync(), response.Links());
    }

    private async Task<ListPlan> PlanAsync(string query, string account, bool deleted) =>
        ListPlans.Create(query, await server.AccountIdAsync(account), deleted);
}

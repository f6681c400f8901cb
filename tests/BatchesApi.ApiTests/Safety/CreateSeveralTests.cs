using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BatchesApi.ApiTests.Safety;

/// <summary>Creates from an array (specification, section 2): all or none.</summary>
public sealed class CreateSeveralTests(ApiServer server) : AccountTest(server)
{
    private static readonly string[] AwkwardItems = ["a\"b", "c\\d", "NULL", "{e,f}", " "];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1_000)]
    public async Task Batches_of_an_array_are_created_and_returned_in_order(int count)
    {
        var random = new Random(count);
        string? Maybe(string text) => random.Next(3) == 0 ? null : text;
        var sent = new JsonArray([.. Enumerable.Range(0, count).Select(i => new JsonObject
        {
            ["batchCode"] = $"B-{(i * 7919) % count:D4}",
            ["batchType"] = "renewal",
            ["manager"] = Maybe("m\u0623\U0001F600\"\\{},"),
            ["dueDate"] = Maybe("2026-12-01T00:00:00.000001Z"),
            ["repeated"] = random.Next(2) == 0,
            ["notes"] = Maybe("NULL"),
            ["leadIds"] = new JsonArray(
                [.. Enumerable.Range(0, random.Next(4)).Select(item => JsonValue.Create(AwkwardItems[(i + item) % AwkwardItems.Length]))]),
            ["rating"] = random.Next(3) == 0 ? null : random.Next(6),
        })]);

        using var response = await Client.SendAsync("POST", Http.Batches, sent.ToJsonString());
        var created = JsonNode.Parse(await response.TextAsync(HttpStatusCode.Created))!.AsArray();

        Assert.False(response.Headers.Contains("Location"));
        Assert.False(response.Headers.Contains("ETag"));
        Assert.Equal(count, created.Count);
        foreach (var (given, made) in sent.Zip(created))
        {
            foreach (var (name, value) in given!.AsObject())
                Http.AssertSame(value, made![name]);
            Assert.Equal(1, (int?)made!["version"]);
        }
        Assert.Equal(created.Select(batch => batch!.Id()).Order(StringComparer.Ordinal), created.Select(batch => batch!.Id()));
        Http.AssertSame(created[^1], await Client.GetJsonAsync($"{Http.Batches}/{created[^1]!.Id()}"));
        Assert.Equal("create", (string?)(await Client.ListAsync($"{Http.Batches}/{created[0]!.Id()}/history"))[0]!["action"]);
        Assert.Equal(count, (int?)(await Client.GetJsonAsync($"{Http.Batches}?limit=1&count=exact"))["total"]);
    }

    [Fact]
    public async Task All_errors_of_all_items_are_reported_and_nothing_is_created()
    {
        var taken = await Client.CreateIdAsync("B-6");
        const string Body =
            """
            [{"batchCode":"B-1","batchType":"renewal"}, 7, {"batchCode":"B-1","batchType":"","rating":9}, {"batchType":"x","ratng":1},
             null, [], {"batchCode":"B-6","batchType":"x","leadIds":["",2]}]
            """;
        Assert.Equal(
            [
                "[1]: must be an object, but is a number.", "[2].batchType: must be 1 to 64 characters, but is empty.",
                "[2].rating: must be between 0 and 5, but is 9.", "[3].ratng: is not a field of a batch. Did you mean 'rating'?",
                "[3].batchCode: is required.", "[4]: must be an object, but is null.",
                "[5]: must be an object, but is an array.", "[6].leadIds: item 1 must be a string, but is 2.",
                "[6].leadIds: item 0 must be 1 to 64 characters, but is empty.",
                "[0].batchCode: 'B-1' is also the batchCode of item 2.", "[2].batchCode: 'B-1' is also the batchCode of item 0.",
                $"[6].batchCode: 'B-6' is the code of batch {taken}.",
            ],
            await Client.SendAsync("POST", Http.Batches, Body).ValidationErrorsAsync("invalid_body"));
        Assert.Single(await Client.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task Taken_codes_in_an_array_are_a_conflict_that_names_their_batches()
    {
        var (one, three) = (await Client.CreateIdAsync("B-1"), await Client.CreateIdAsync("B-3"));
        var problem = await Client.SendAsync("POST", Http.Batches, Array("B-0", "B-1", "B-2", "B-3"))
            .ProblemAsync(HttpStatusCode.Conflict, "batch_code_taken");
        Http.AssertSame(
            new JsonObject
            {
                ["[1].batchCode"] = new JsonArray($"'B-1' is the code of batch {one}."),
                ["[3].batchCode"] = new JsonArray($"'B-3' is the code of batch {three}."),
            },
            problem["errors"]);
        Assert.Equal(2, (await Client.ListAsync(Http.Batches)).Count);

        // Codes are compared exactly, including case.
        using var response = await Client.SendAsync("POST", Http.Batches, Array("b-1", "B-5", "b-5"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task Duplicate_codes_in_an_array_are_errors_of_every_item_that_has_them()
    {
        var taken = await Client.CreateIdAsync("B-1");
        Assert.Equal(
            [
                "[0].batchCode: 'B-5' is also the batchCode of item 2.",
                "[2].batchCode: 'B-5' is also the batchCode of item 0.",
                "[3].batchCode: 'B-1' is also the batchCode of item 5.",
                $"[3].batchCode: 'B-1' is the code of batch {taken}.",
                "[4].batchCode: 'B-5' is also the batchCode of item 0.",
                "[5].batchCode: 'B-1' is also the batchCode of item 3.",
                $"[5].batchCode: 'B-1' is the code of batch {taken}.",
            ],
            (await Client.SendAsync("POST", Http.Batches, Array("B-5", "B-6", "B-5", "B-1", "B-5", "B-1"))
                .ValidationErrorsAsync("invalid_body"))
                .Order(StringComparer.Ordinal));
        Assert.Single(await Client.ListAsync(Http.Batches));
    }

    [Fact]
    public async Task A_wrapped_item_of_an_array_is_an_error_of_that_item() => Assert.Equal(
        ["[1].data: must not wrap the batch: send its fields alone."],
        await Client.SendAsync("POST", Http.Batches, $$"""[{{Http.Batch()}},{"data":{{Http.Batch("B-2")}}}]""")
            .ValidationErrorsAsync("invalid_body"));

    [Theory]
    [InlineData("[]")]
    [InlineData("[{]")]
    [InlineData("""[{"batchCode":"B-1","batchType":"x"}""")]
    public async Task A_body_that_is_not_an_array_of_batches_is_malformed(string body) =>
        await Client.SendAsync("POST", Http.Batches, body).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");

    [Fact]
    public async Task An_array_of_1001_is_too_long() => await Client.SendAsync(
        "POST", Http.Batches, Array([.. Enumerable.Range(0, 1_001).Select(i => $"B-{i}")]))
        .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");

    [Fact]
    public async Task An_array_can_have_up_to_5_MiB()
    {
        var padding = new string(' ', (1 << 20) + 1);
        using (var response = await Client.SendAsync("POST", Http.Batches, $" {padding}{Array("B-1")}"))
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        await Client.SendAsync("POST", Http.Batches, padding + Http.Batch("B-2"))
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        await Client.SendAsync("POST", Http.Batches, Array("B-3") + new string(' ', 5 << 20))
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task An_array_with_very_many_errors_is_rejected_quickly_with_few_of_them()
    {
        var items = string.Join(',', Enumerable.Repeat("\"\"", 1_700));
        var body = $"[{string.Join(',', Enumerable.Repeat($$"""{"leadIds":[{{items}}]}""", 900))}]";
        Assert.Equal(1_000, (await Client.SendAsync("POST", Http.Batches, body).ValidationErrorsAsync("invalid_body")).Length);
        await Client.SendAsync("POST", Http.Batches, $"[{string.Join(',', Enumerable.Repeat("0", 2_000_000))}]")
            .ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task The_largest_array_can_be_created()
    {
        var notes = string.Concat(Enumerable.Range(0, 600).Select(i => $"\u0643\u062A\u0627\u0628{i} "));
        var body = $"[{string.Join(',', Enumerable.Range(0, 700).Select(i => Http.Batch($"B-{i}", $"\"notes\":\"{i} {notes}\"")))}]";
        Assert.InRange(Encoding.UTF8.GetByteCount(body), 4 << 20, 5 << 20);
        using var response = await Client.SendAsync("POST", Http.Batches, body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task An_array_is_rejected_outside_creates()
    {
        var id = await Client.CreateIdAsync();
        foreach (var method in (string[])["PUT", "PATCH"])
            await Client.SendAsync(method, $"{Http.Batches}/{id}", Array("B-2")).ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task Items_outside_the_policy_are_named()
    {
        using var narrow = await Server.CreateClientAsync(account: Account, policy: """{"batchType":"renewal"}""");
        var problem = await narrow.SendAsync(
            "POST", Http.Batches, """[{"batchCode":"a","batchType":"renewal"},{"batchCode":"b","batchType":"audit"}]""")
            .ProblemAsync(HttpStatusCode.Forbidden, "outside_policy");
        Assert.Equal(["[1]"], problem["errors"]!.AsObject().Select(error => error.Key));
        Assert.Empty(await Client.ListAsync(Http.Batches));
        using var response = await narrow.SendAsync("POST", Http.Batches, Array("a", "b"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task Concurrent_arrays_with_the_same_codes_in_different_orders_do_not_deadlock()
    {
        var codes = Enumerable.Range(0, 100).Select(i => $"B-{i}").ToArray();
        var statuses = await Enumerable.Range(0, 20).Select(i =>
        {
            var shuffled = codes.ToArray();
            new Random(i).Shuffle(shuffled);
            return Client.SendAsync("POST", Http.Batches, Array(shuffled));
        }).StatusesAsync();
        Assert.Equal(new Dictionary<int, int> { [201] = 1, [409] = 19 }, statuses);
    }

    private static string Array(params string[] codes) =>
        new StringBuilder("[").AppendJoin(',', codes.Select(code => Http.Batch(code))).Append(']').ToString();
}

using System.Net;
using System.Text;
using System.Text.Json;

namespace BatchesApi.ApiTests;

/// <summary>Validation of single fields (specification, section 1).</summary>
public sealed class FieldTests(ApiServer server)
{
    private const string Emoji = "\U0001F600";

    [Theory]
    [InlineData("leading and trailing", "  B 1\t ")]
    [InlineData("composed", "r\u00E9sum\u00E9")]
    [InlineData("decomposed", "re\u0301sume\u0301")]
    [InlineData("emoji with joiners", "\U0001F469\u200D\U0001F4BB\U0001F3FD")]
    [InlineData("right to left", "\u0645\u0631\u062D\u0628\u0627 \u202Ex\u202C \u0640")]
    [InlineData("JSON's own signs", "\"\\/\b\f\n\r\t<>&'+")]
    [InlineData("controls and noncharacters", "\u0001\u007F\u0085\u2028\uFEFF\uFFFE\uFFFF")]
    [InlineData("SQL and patterns", "'; DROP TABLE batches; -- %_\\ {0} @id")]
    [InlineData("a word that means null elsewhere", "null")]
    public async Task Text_is_kept_as_written(string what, string text)
    {
        Assert.NotEmpty(what);
        using var client = await server.CreateClientAsync();
        var json = JsonSerializer.Serialize(text);

        var created = await client.CreateAsync(
            $$"""{"batchCode":{{json}},"batchType":{{json}},"manager":{{json}},"notes":{{json}},"leadIds":[{{json}}]}""");
        var retrieved = await client.GetJsonAsync($"{Http.Batches}/{created.Id()}");

        Http.AssertSame(created, retrieved);
        foreach (var name in (string[])["batchCode", "batchType", "manager", "notes"])
            Assert.Equal(text, (string?)retrieved[name]);
        Assert.Equal(text, (string?)retrieved["leadIds"]![0]);
    }

    [Theory]
    [InlineData("batchCode", 64)]
    [InlineData("batchType", 64)]
    [InlineData("manager", 200)]
    [InlineData("assignee", 200)]
    [InlineData("summary", 500)]
    [InlineData("notes", 10_000)]
    public async Task Lengths_count_code_points(string field, int max)
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateIdAsync();
        var longest = new StringBuilder().Insert(0, Emoji, max).ToString();

        var updated = await client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"{{field}}":"{{longest}}"}""").JsonAsync();
        var errors = await client.SendAsync("PATCH", $"{Http.Batches}/{id}", $$"""{"{{field}}":"{{longest}}a"}""")
            .ValidationErrorsAsync("invalid_body");

        Assert.Equal(longest, (string?)updated[field]);
        Assert.Contains($"{max:N0} characters, but has {max + 1:N0}.", Assert.Single(errors), StringComparison.Ordinal);
        Assert.StartsWith($"{field}: ", errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("leadIds")]
    [InlineData("opportunityIds")]
    public async Task An_array_has_at_most_1000_items_of_at_most_64_code_points(string field)
    {
        using var client = await server.CreateClientAsync();
        var item = new StringBuilder().Insert(0, Emoji, 64).ToString();
        string Body(int items, string last) =>
            JsonSerializer.Serialize(new Dictionary<string, string[]> { [field] = [.. Enumerable.Repeat(item, items - 1), last] });
        var address = $"{Http.Batches}/{await client.CreateIdAsync()}";

        // Serialize escapes an emoji in twelve bytes; the server stores it in four.
        var updated = await client.SendAsync("PATCH", address, Body(1_000, item)).JsonAsync();

        Assert.Equal(1_000, updated[field]!.AsArray().Count);
        Assert.Equal(item, (string?)updated[field]![999]);
        Assert.Equal(
            [$"{field}: must have at most 1,000 items, but has 1,001."],
            await client.SendAsync("PATCH", address, Body(1_001, item)).ValidationErrorsAsync("invalid_body"));
        Assert.Equal(
            [$"{field}: item 1 must be 1 to 64 characters, but has 65."],
            await client.SendAsync("PATCH", address, Body(2, item + "a")).ValidationErrorsAsync("invalid_body"));
    }

    [Theory]
    [InlineData("2026-12-01", "2026-12-01T00:00:00Z")]
    [InlineData("2026-12-01T09:30:00", "2026-12-01T09:30:00Z")]
    [InlineData("2026-12-01 09:30:00Z", "2026-12-01T09:30:00Z")]
    [InlineData("2026-12-01t09:30:00z", "2026-12-01T09:30:00Z")]
    [InlineData("2026-12-01T09:30:00+05:30", "2026-12-01T04:00:00Z")]
    [InlineData("2026-12-01T09:30:00 05:30", "2026-12-01T04:00:00Z")]
    [InlineData("2026-12-01T23:30:00-01:00", "2026-12-02T00:30:00Z")]
    [InlineData("2026-12-01T09:30:00.120Z", "2026-12-01T09:30:00.12Z")]
    [InlineData("2026-12-01T09:30:00.000000Z", "2026-12-01T09:30:00Z")]
    [InlineData("2026-12-01T09:30:00.1234567891Z", "2026-12-01T09:30:00.123456Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00Z")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00.000001Z", "0001-01-01T00:00:00.000001Z")]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z")]
    public async Task Every_operation_returns_the_due_date_in_UTC(string written, string read)
    {
        using var client = await server.CreateClientAsync();

        var created = await client.CreateAsync(Http.Batch(more: $"\"dueDate\":\"{written}\""));
        var address = $"{Http.Batches}/{created.Id()}";
        var patched = await client.SendAsync("PATCH", address, $$"""{"dueDate":"{{written}}"}""").JsonAsync();

        Assert.Equal(read, (string?)created["dueDate"]);
        Http.AssertSame(created, patched);
        Http.AssertSame(created, await client.GetJsonAsync(address));
        Http.AssertSame(created, Assert.Single(await client.ListAsync($"{Http.Batches}?sortBy=dueDate")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-12")]
    [InlineData("2026-02-29")]
    [InlineData("2026-13-01")]
    [InlineData("2026-12-01T24:00:00Z")]
    [InlineData("2026-12-01T09:30Z")]
    [InlineData("2026-12-01T09:30:60Z")]
    [InlineData("2026-12-01T09:30:00.Z")]
    [InlineData("2026-12-01T09:30:00+0530")]
    [InlineData("2026-12-01T09:30:00+24:00")]
    [InlineData("0000-12-01")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    [InlineData("10000-01-01")]
    [InlineData(" 2026-12-01")]
    [InlineData("\u0662\u0660\u0662\u0666-12-01")]
    [InlineData("infinity")]
    public async Task Text_that_is_not_a_date_time_is_rejected(string text)
    {
        using var client = await server.CreateClientAsync();
        var errors = await client.SendAsync("POST", Http.Batches, Http.Batch(more: $"\"dueDate\":\"{text}\""))
            .ValidationErrorsAsync("invalid_body");
        Assert.StartsWith("dueDate: must be an RFC 3339 date or date-time", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("5", 5)]
    [InlineData("-0", 0)]
    [InlineData("4.0", 4)]
    [InlineData("4e0", 4)]
    [InlineData("0.5e1", 5)]
    [InlineData("0e999999999", 0)]
    public async Task A_rating_is_an_integer_in_any_JSON_notation(string written, int read)
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal(read, (int?)(await client.CreateAsync(Http.Batch(more: $"\"rating\":{written}")))["rating"]);
    }

    [Theory]
    [InlineData("rating", "-1", "must be between 0 and 5, but is -1.")]
    [InlineData("rating", "6", "must be between 0 and 5, but is 6.")]
    [InlineData("rating", "4.5", "must be a whole number from 0 to 5 or null, but is 4.5.")]
    [InlineData("rating", "1e-400", "must be a whole number from 0 to 5 or null, but is 1e-400.")]
    [InlineData("rating", "4.99999999999999999999", "must be a whole number from 0 to 5 or null, but is 4.99999999999999999999.")]
    [InlineData("rating", "5.00000000000000000000000000000000000001", "must be a whole number from 0 to 5 or null, but is "
        + "5.00000000000000000000000000000000000001.")]
    [InlineData("rating", "1e-40", "must be a whole number from 0 to 5 or null, but is 1e-40.")]
    [InlineData("rating", "1e400", "must be a whole number from 0 to 5 or null, but is 1e400.")]
    [InlineData("rating", "99999999999999999999999999999999", "must be a whole number from 0 to 5 or null, but is "
        + "99999999999999999999999999999999.")]
    [InlineData("rating", "\"4\"", "must be a whole number from 0 to 5 or null, but is the string \"4\". Send it without quotes: 4.")]
    [InlineData("rating", "true", "must be a whole number from 0 to 5 or null, but is true.")]
    [InlineData("repeated", "1", "must be true, false or null, but is 1. Send true.")]
    [InlineData("repeated", "\"true\"", "must be true, false or null, but is the string \"true\". Send true.")]
    [InlineData("manager", "{}", "must be a string or null, but is an object.")]
    [InlineData("dueDate", "20261201", "must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or "
        + "2026-12-01T09:30:00Z, but is 20261201.")]
    [InlineData("leadIds", "{\"0\":\"a\"}", "must be an array of strings, such as [\"a\",\"b\"], or null, but is an object.")]
    [InlineData("leadIds", "[\"a\",1]", "item 1 must be a string, but is 1.")]
    [InlineData("leadIds", "[[\"a\"]]", "item 0 must be a string, but is an array.")]
    [InlineData("leadIds", "[\"a\",\"\"]", "item 1 must be 1 to 64 characters, but is empty.")]
    [InlineData("batchType", "null", "is required and cannot be null.")]
    [InlineData("batchType", "\"\"", "must be 1 to 64 characters, but is empty.")]
    [InlineData("batchCode", "\"\"", "must be 1 to 64 characters, but is empty.")]
    [InlineData("batchCode", "\" \\t\\u00A0\\u3000\"", "must not be blank.")]
    public async Task An_invalid_value_is_rejected_and_the_batch_is_unchanged(string field, string value, string message)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch());
        var address = $"{Http.Batches}/{batch.Id()}";

        var errors = await client.SendAsync("PATCH", address, $$"""{"summary":"new","{{field}}":{{value}}}""")
            .ValidationErrorsAsync("invalid_body");

        Assert.Equal([$"{field}: {message}"], errors);
        Http.AssertSame(batch, await client.GetJsonAsync(address));
    }

    [Fact]
    public async Task The_error_for_an_unknown_field_suggests_the_nearest_known_one()
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal(
            ["assignees: is not a field of a batch. Did you mean 'assignee'?", "accountId: is not a field of a batch."],
            await client.SendAsync("POST", Http.Batches, Http.Batch(more: "\"assignees\":\"x\",\"accountId\":1"))
                .ValidationErrorsAsync("invalid_body"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("{\"a\":[{\"b\":1}]}")]
    public async Task An_unknown_field_is_rejected_with_any_value(string value)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("POST", Http.Batches, Http.Batch(more: $"\"x\":{value}"))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_body");
    }
}

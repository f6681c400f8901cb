using System.Net;

namespace BatchesApi.ApiTests;

/// <summary>Text that PostgreSQL cannot store, U+0000 and lone surrogates, is an error everywhere, never a 500.</summary>
public sealed class UnstorableTextTests(ApiServer server)
{
    private const string Error = "must not contain U+0000 or an unpaired surrogate.";

    public static IEnumerable<TheoryDataRow<string, string>> Values =>
        from name in (string[])["batchCode", "batchType", "manager", "assignee", "summary", "notes", "dueDate", "leadIds", "opportunityIds"]
        from escape in (string[])["\\u0000", "\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud83dx"]
        select new TheoryDataRow<string, string>(name, $"x{escape}");

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Unstorable_text_in_a_value_is_rejected(string field, string text)
    {
        using var client = await server.CreateClientAsync();
        var isList = field.EndsWith("Ids", StringComparison.Ordinal);
        var body = $$"""{"{{field}}":{{(isList ? $"[\"a\",\"{text}\"]" : $"\"{text}\"")}}}""";

        var errors = await client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", body).ValidationErrorsAsync("invalid_body");

        Assert.Equal([$"{field}: {(isList ? "item 1 " : "")}{Error}"], errors);
    }

    [Theory]
    [InlineData("""{"x\u0000":1}""", "x\0: is not a field of a batch.")]
    [InlineData("""{"x\ud800":1}""", "\uFFFD: is not a field of a batch.")]
    [InlineData("""{"x":{"\ud800":1,"\ud800":2}}""", "x: must not contain an object with duplicate names.")]
    [InlineData("""{"x":"\ud800"}""", "x: is not a field of a batch.")]
    public async Task Unstorable_text_in_a_name_or_an_unknown_member_is_rejected(string body, string error)
    {
        using var client = await server.CreateClientAsync();
        Assert.Equal(
            [error], await client.SendAsync("PATCH", $"{Http.Batches}/{TestRoutes.UnknownId}", body).ValidationErrorsAsync("invalid_body"));
    }

    [Fact]
    public async Task Unstorable_text_in_a_read_only_field_is_ignored()
    {
        using var client = await server.CreateClientAsync();
        await client.CreateAsync(Http.Batch(more: "\"id\":\"\\u0000\",\"version\":\"\\ud800\""));
    }

    [Theory]
    [InlineData("%00")]
    [InlineData("%ED%A0%80")]
    [InlineData("%ED%B0%80")]
    [InlineData("%FF")]
    [InlineData("%EF%BF%BF")]
    public async Task Unstorable_text_in_a_query_is_rejected(string text)
    {
        using var client = await server.CreateClientAsync();
        foreach (var name in (string[])["limit", "page", "sortBy", "order", "fields", "count", "x"])
        {
            await client.SendAsync("GET", $"{Http.Batches}?{name}={text}").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
            await client.SendAsync("GET", $"{Http.Batches}?{name}{text}=1").ProblemAsync(HttpStatusCode.BadRequest, "invalid_parameter");
        }
    }

    [Theory]
    [InlineData("%ED%A0%80")]
    [InlineData("%FF")]
    [InlineData("%01")]
    [InlineData("%EF%BF%BF")]
    public async Task Unstorable_text_in_a_path_is_404(string text)
    {
        using var client = await server.CreateClientAsync();
        using var response = await client.SendAsync("GET", $"{Http.Batches}/{text}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.ApiTests;

/// <summary>Lists and groups as CSV (specification, section 4.5).</summary>
public sealed class CsvTests(ApiServer server, ManyBatches many) : IClassFixture<ManyBatches>
{
    private const string Plain = "text/csv";

    private const string ForSpreadsheets = "text/csv; bom=true";

    private const string Columns =
        "id,batchCode,batchType,manager,assignee,dueDate,repeated,summary,notes,leadIds,opportunityIds,rating,createdAt,updatedAt";

    [Theory]
    [InlineData(Plain, "")]
    [InlineData(ForSpreadsheets, "\uFEFF")]
    public async Task A_list_has_the_columns_of_its_records(string accept, string start)
    {
        using var client = await server.CreateClientAsync();
        var batch = await client.CreateAsync(Http.Batch(
            "=B-1",
            "\"assignee\":\"\",\"rating\":4,\"leadIds\":[\"a\",\"b\"],\"opportunityIds\":[\"c|d\"],"
            + "\"notes\":\"a \\\"b\\\",\\r\\nc\""));
        var (id, time, sign) = (batch.Id(), batch["createdAt"], accept == Plain ? "" : "'");

        using var response = await client.SendAsync("GET", $"{Http.Batches}?page=1", headers: ("Accept", accept));

        Assert.Equal(
            $"{start}{Columns},version\r\n"
            + $"{id},{sign}=B-1,renewal,,\"\",,false,,\"a \"\"b\"\",\r\nc\",a|b,\"[\"\"c|d\"\"]\",4,{time},{time},1\r\n",
            await ReadAsync(response));
        Assert.Equal("text/csv; charset=utf-8; header=present", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-Total-Count")));
        Assert.Equal(["Accept", "Accept-Encoding"], response.Headers.Vary.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Deleted_batches_have_the_time_of_deletion_and_fields_selects_columns()
    {
        using var client = await server.CreateClientAsync();
        var id = await client.CreateDeletedIdAsync();
        var deletedAt = (await client.GetJsonAsync($"{Http.Deleted}/{id}"))["deletedAt"];

        Assert.StartsWith($"{Columns},deletedAt,version\r\n{id},", await GetAsync(client, Http.Deleted), StringComparison.Ordinal);
        Assert.Equal(
            $"id,batchCode,deletedAt\r\n{id},B-1,{deletedAt}\r\n",
            await GetAsync(client, $"{Http.Deleted}?fields=batchCode,deletedAt,rating:null"));
        Assert.Equal("id,rating\r\n", await GetAsync(client, $"{Http.Batches}?fields=rating"));
    }

    [Fact]
    public async Task Following_the_links_to_the_next_page_reads_the_whole_list()
    {
        var ids = new List<string>();
        for (var address = $"{Http.Batches}?sortBy=assignee,rating&order=asc,desc&limit=50&q=-{new string('x', 199)}"; address is not null;)
        {
            using var response = await many.Client.SendAsync("GET", address, headers: ("Accept", Plain));
            var lines = new CsvBatchReader(new FieldLookup(Strict: true, WithServerFields: true))
                .Read(new StringReader(await ReadAsync(response))).ToList();
            ids.AddRange(lines.Select(line => line.Patch.Values.Id));
            Assert.Equal(
                ManyBatches.Count.ToString(CultureInfo.InvariantCulture), Assert.Single(response.Headers.GetValues("X-Total-Count")));
            address = response.Links().GetValueOrDefault("next");
        }
        Assert.Equal(Oracle.Sort(many.Active, "assignee,rating", "asc,desc"), ids);
    }

    [Fact]
    public async Task A_link_to_the_next_page_is_sent_even_if_it_is_long()
    {
        var filter = Uri.EscapeDataString($$"""{"$nor":[{"summary":"{{new string('x', 2_500)}}"}]}""");
        using var response = await many.Client.SendAsync("GET", $"{Http.Batches}?limit=1&p={filter}", headers: ("Accept", Plain));
        await ReadAsync(response);
        Assert.Equal(["next"], response.Links().Keys);
        Assert.Contains("cursor=", response.Links()["next"], StringComparison.Ordinal);

        using var json = await many.Client.SendAsync("GET", $"{Http.Batches}?limit=1&p={filter}");
        Assert.False(json.Headers.Contains("Link"));
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData(ForSpreadsheets)]
    public async Task The_batches_of_a_list_are_those_that_CSV_reads(string accept)
    {
        using var response = await many.Client.SendAsync(
            "GET", $"{Http.Batches}?limit=1000&sortBy=id&order=asc", headers: ("Accept", accept));
        var read = new CsvBatchReader(new FieldLookup(Strict: true, WithServerFields: true))
            .Read(new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(await ReadAsync(response))))).ToList();
        Assert.All(read, batch => Assert.Empty(batch.Errors));
        Assert.Equal(many.Active.Select(ToText), read.Select(batch => ToText(batch.Patch.Values)));
    }

    [Fact]
    public async Task Groups_are_rows_with_the_fields_and_the_count()
    {
        using var client = await server.CreateClientAsync();
        foreach (var (code, assignee) in new[] { ("B-1", "\"=amy\""), ("B-2", "null"), ("B-3", "\"=amy\""), ("B-4", "\"\"") })
            await client.CreateAsync(Http.Batch(code, $"\"assignee\":{assignee},\"dueDate\":\"2026-12-31\""));

        const string Address = $"{Http.Groups}?by=dueDate:month,assignee";
        const string Rest = "2026-12-01,\"\",1\r\n2026-12-01,,1\r\n";
        using var response = await client.SendAsync("GET", Address, headers: ("Accept", Plain));
        Assert.Equal($"dueDate,assignee,count\r\n2026-12-01,=amy,2\r\n{Rest}", await ReadAsync(response));
        Assert.Equal("3", Assert.Single(response.Headers.GetValues("X-Total-Count")));
        Assert.Equal($"\uFEFFdueDate,assignee,count\r\n2026-12-01,'=amy,2\r\n{Rest}", await GetAsync(client, Address, ForSpreadsheets));
        Assert.Equal("dueDate,assignee,count\r\n2026-12-01,=amy,2\r\n", await GetAsync(client, $"{Address}&limit=1"));
        Assert.Equal("assignee,count\r\n", await GetAsync(client, $"{Http.Groups}?by=assignee&q=nothing"));
    }

    [Theory]
    [InlineData(Http.Batches + "?limit=0", 400, "invalid_parameter")]
    [InlineData(Http.Groups, 400, "invalid_parameter")]
    [InlineData(Http.Batches + "/" + TestRoutes.UnknownId, 406, "not_acceptable")]
    [InlineData(Http.Batches + "/" + TestRoutes.UnknownId + "/history", 406, "not_acceptable")]
    [InlineData("/nowhere", 404, "route_not_found")]
    public async Task Errors_are_problems_and_other_operations_have_no_CSV(string path, int status, string code)
    {
        using var client = await server.CreateClientAsync();
        await client.SendAsync("GET", path, headers: ("Accept", Plain)).ProblemAsync((HttpStatusCode)status, code);
    }

    [Theory]
    [InlineData("application/json, text/csv", "application/json")]
    [InlineData("text/csv, application/json;q=0.9", "text/csv")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/*", "text/csv")]
    public async Task The_client_chooses_by_quality(string accept, string expected)
    {
        using var client = await server.CreateClientAsync();
        foreach (var path in (string[])[Http.Batches, Http.Deleted, $"{Http.Groups}?by=rating"])
        {
            using var response = await client.SendAsync("GET", path, headers: ("Accept", accept));
            Assert.Equal((HttpStatusCode.OK, expected), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            Assert.Contains("Accept", response.Headers.Vary);
        }
    }

    [Fact]
    public async Task CSV_is_compressed_and_not_explained()
    {
        using var response = await many.Client.SendAsync(
            "GET", Http.Batches, headers: [("Accept", Plain), ("Accept-Encoding", "gzip"), ("Prefer", "explain")]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.False(response.Headers.Contains("Preference-Applied"));
    }

    [Fact]
    public async Task A_page_of_CSV_that_is_too_large_is_rejected()
    {
        await using var app = await ApiServer.StartAsync(server.ConnectionString, ("Lists:MaxPageMegabytes", "1"));
        var (_, key) = await server.CreateKeyAsync();
        using var client = ApiServer.CreateClient(new Uri(app.Urls.First()), key);
        var batch = Http.Batch("B-", $"\"notes\":\"{new string('é', 10_000)}\"");
        await client.SendAsync("POST", Http.Batches, $"[{string.Join(
            ',', Enumerable.Range(0, 60).Select(i => batch.Replace("B-", $"B-{i}", StringComparison.Ordinal)))}]");

        await client.SendAsync("GET", $"{Http.Batches}?limit=60", headers: ("Accept", Plain))
            .ProblemAsync(HttpStatusCode.BadRequest, "page_too_large");
        Assert.InRange((await GetAsync(client, $"{Http.Batches}?limit=40")).Length, 400_000, 500_000);
    }

    private static string ToText(Batch batch) =>
        string.Join("; ", BatchFields.All.Select(field => $"{field}={BatchCsv.Format(field.Get(batch))}"));

    private static async Task<string> GetAsync(HttpClient client, string address, string accept = Plain)
    {
        using var response = await client.SendAsync("GET", address, headers: ("Accept", accept));
        return await ReadAsync(response);
    }

    /// <summary>The text with its byte order mark, which <see cref="HttpContent.ReadAsStringAsync()"/> removes.</summary>
    private static async Task<string> ReadAsync(HttpResponseMessage response)
    {
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}

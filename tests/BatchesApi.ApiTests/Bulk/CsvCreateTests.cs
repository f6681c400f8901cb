using System.Net;
using BatchesApi.ApiTests.Safety;

namespace BatchesApi.ApiTests.Bulk;

/// <summary>Creates of many batches from CSV (specification, sections 4.5 and 8.1).</summary>
public sealed class CsvCreateTests(ApiServer server) : AccountTest(server)
{
    [Fact]
    public async Task Records_are_created_in_their_order()
    {
        var result = await SendAsync(
            "create",
            "\uFEFFbatchCode,batchType,rating,dueDate,repeated,leadIds,notes,summary,id\r\n"
            + "B-1,renewal,4,2026-12-01,TRUE,a|b,\"line 1\r\nline \"\"2\"\"\",\"\",ignored\r\n"
            + "'=B-2,renewal,,,,\"[\"\"c|d\"\"]\",,,\r\n").JsonAsync();
        Assert.Equal(("2", "0"), ($"{result["created"]}", $"{result["unchanged"]}"));
        var (first, second) = (result["data"]![0]!, result["data"]![1]!);
        Assert.Equal(("B-1", 4, true), ((string?)first["batchCode"], (int?)first["rating"], (bool?)first["repeated"]));
        Assert.Equal("""["a","b"]""", first["leadIds"]!.ToJsonString());
        Assert.Equal(("line 1\r\nline \"2\"", ""), ((string?)first["notes"], (string?)first["summary"]));
        Assert.Equal(("=B-2", null), ((string?)second["batchCode"], (string?)second["summary"]));
        Assert.Equal("""["c|d"]""", second["leadIds"]!.ToJsonString());
    }

    [Fact]
    public async Task Errors_name_the_line_on_which_the_record_begins()
    {
        await Client.CreateIdAsync("B-taken");
        const string Csv = "batchCode,batchType,rating,notes\nB-1,renewal,9,\"two\nlines\"\nB-2,,x,\nB-1,renewal,1,\n"
            + "B-taken,renewal,1,\nB-3,renewal\n";
        string[] expected =
        [
            "[line 2].rating: must be between 0 and 5, but is 9.", "[line 4].rating: must be a whole number from 0 to 5",
            "[line 4].batchType: is required.", "[line 7]: must have 4 cells", "[line 2].batchCode: 'B-1' is also the batchCode of line 5.",
            "[line 5].batchCode: 'B-1' is also the batchCode of line 2.", "[line 6].batchCode: 'B-taken' is the code of batch",
        ];
        var errors = await SendAsync("create", Csv).ValidationErrorsAsync("invalid_body");
        Assert.Equal(expected.Length, errors.Length);
        foreach (var (start, error) in expected.Zip(errors))
            Assert.StartsWith(start, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_file_twice_changes_nothing_the_second_time()
    {
        var records = Enumerable.Range(0, 1_000).Select(i => $"B-{i},renewal,amy {i % 7},\"n\n{i}\",a|{i},{i % 6}");
        var csv = $"batchCode,batchType,assignee,notes,leadIds,rating\n{string.Join('\n', records)}\n";
        Assert.Equal("1000", $"{(await SendAsync("create?onConflict=update", csv).JsonAsync())["created"]}");
        var second = await SendAsync("create?onConflict=update", csv).JsonAsync();
        Assert.Equal("1000", $"{second["unchanged"]}");
        Assert.Null(second["changeId"]);
    }

    [Fact]
    public async Task A_list_as_CSV_can_be_sent_back()
    {
        await Client.BulkCreateAsync(
            Http.Batch("'=1", """ "summary":"","leadIds":["a|b","[c"],"notes":"\ufeffx, \"y\"\r\n" """),
            Http.Batch("@2", """ "manager":"\u0645\u062f\u064a\u0631","dueDate":"2026-12-01T10:00:00.000001Z","opportunityIds":["x"] """));
        foreach (var accept in (string[])["text/csv", "text/csv; bom=true"])
        {
            using var list = await Client.SendAsync("GET", Http.Batches, headers: ("Accept", accept));
            var csv = await list.TextAsync(HttpStatusCode.OK);
            var result = await SendAsync("create?onConflict=update", csv).JsonAsync();
            Assert.Equal(("0", "2"), ($"{result["updated"]}", $"{result["unchanged"]}"));
        }
    }

    [Fact]
    public async Task CSV_is_for_bulk_creates_only()
    {
        const string Csv = "batchCode,batchType\nB-1,renewal\n";
        await Client.SendAsync("POST", Http.Batches, Csv, "text/csv")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await Client.SendAsync("POST", $"{BulkClient.Path}/update", Csv, "text/csv")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await Client.SendAsync("POST", $"{BulkClient.Path}/create", Csv, "text/csv; charset=utf-16")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await Client.SendAsync("POST", $"{BulkClient.Path}/create", "batchCode=B-1", "application/x-www-form-urlencoded")
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await SendAsync("create", "batchCode,batchType\n").ProblemAsync(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Equal(
            ["[line 1]: 'code' is not a field of a batch."],
            (await SendAsync("create", "code,batchType\nB-1,x\n").ValidationErrorsAsync("invalid_body")).Select(error => error[..43]));
    }

    private Task<HttpResponseMessage> SendAsync(string operation, string csv) =>
        Client.SendAsync("POST", $"{BulkClient.Path}/{operation}", csv, "text/csv");
}

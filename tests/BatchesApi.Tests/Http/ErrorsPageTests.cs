using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Hosting;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

/// <summary><c>docs/errors.md</c> agrees with the code.</summary>
public sealed class ErrorsPageTests
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _page =
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "errors.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_page_has_a_row_for_every_code() => AssertHasTable(
        "| code | status | title | what to do |",
        ProblemCode.All.Select(code => $"| `{code.Name}` | {code.Status} | {code.Title} | {code.Remedy} |"));

    [Fact]
    public void The_page_has_a_row_for_every_database_error() => AssertHasTable(
        "| SQLSTATE | meaning | status | code |",
        SqlStateMapper.Table.Select(row =>
            $"| `{row.SqlState}{(row.SqlState.Length == 5 ? "" : "*")}` | {row.Meaning} | {row.Code.Status} | `{row.Code.Name}` |"));

    [Fact]
    public void The_page_has_a_section_for_every_code() => Assert.Equal(
        ProblemCode.All.Select(code => $"### {code.Name}"),
        _page.Split('\n').SkipWhile(line => line != "## Meanings").Where(line => line.StartsWith("### ", StringComparison.Ordinal)));

    [Fact]
    public void The_page_has_no_other_table() => Assert.Equal(
        2, _page.Split('\n').Count(line => line.StartsWith("| --- |", StringComparison.Ordinal)));

    [Fact]
    public async Task The_example_is_the_response_of_the_server()
    {
        const string Body = """{"batchCode": " ", "rating": 9, "asignee": "amy"}""";
        var body = ReadBody.Json(Body);
        new BatchValidator().Validate(body.Patch, partial: false, body.Errors);
        var context = new ResponseContext("/api/v2/batches")
        {
            Http =
            {
                TraceIdentifier = "4bf92f3577b34da6a3ce929d0e0e4736",
                Request = { Scheme = "https", Headers = { Host = "batches.example.com" } },
            },
        };
        await context.WithAsync(Problem.InvalidBody(body.Errors));

        AssertHas(Body);
        AssertHas($"```json\n{JsonNode.Parse(context.Body)!.ToJsonString(Readable).ReplaceLineEndings("\n")}\n```\n");
    }

    private void AssertHasTable(string head, IEnumerable<string> rows)
    {
        var columns = head.Count(c => c == '|') - 1;
        AssertHas($"\n\n{head}\n|{string.Concat(Enumerable.Repeat(" --- |", columns))}\n{string.Join('\n', rows)}\n\n");
    }

    private void AssertHas(string expected) => Assert.True(
        _page.Contains(expected, StringComparison.Ordinal), $"docs/errors.md must contain exactly this:\n{expected}");
}

using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The <c>import</c> command.</summary>
public sealed class ImportTests(Databases databases) : ImportExportTest(databases)
{
    [Fact]
    public async Task If_a_line_is_rejected_nothing_is_imported_and_every_error_is_reported()
    {
        await PrepareAsync();
        await ResultAsync("import", "--account", "acme", Write(
            "old.ndjson", [Line(1), """{"batchCode":"K","batchType":"x","id":"63a5b84c53e1218321c55001"}"""]));
        var report = Path.Combine(Folder, "rejected.ndjson");
        var file = Write(
            "bad.ndjson",
            [
                Line(2),
                """{"batchCode":"B-1","batchType":"another"}""",
                """{"batchCode":"R","batchType":"x","rating":9,"colour":"red"}""",
                "not JSON",
                "",
                """{"batchCode":"T","batchType":"x"}""",
                """{"batchCode":"T","batchType":"y"}""",
                """{"batchCode":"I","batchType":"x","id":"63a5b84c53e1218321c55001"}""",
                """{"batchCode":"J","batchType":"x","id":"63A5","createdAt":"yesterday","version":0}""",
            ]);

        var (exitCode, output, errors) = await RunAsync("import", "--account", "acme", "--report", report, file);

        Assert.Equal((1, "0"), (exitCode, output));
        Assert.Contains("Imported 0, skipped 0, rejected 6.", errors, StringComparison.Ordinal);
        Assert.Contains("Line 3: rating must be between 0 and 5.", errors, StringComparison.Ordinal);
        Assert.Contains("Line 7: batchCode is that of line 6, too.", errors, StringComparison.Ordinal);
        var rejected = File.ReadLines(report).Select(line => JsonNode.Parse(line)!).ToDictionary(
            line => (int)line["line"]!,
            line => string.Join(' ', line["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(
            new Dictionary<int, string>
            {
                [2] = "batchCode",
                [3] = "colour rating",
                [4] = "line",
                [7] = "batchCode",
                [8] = "id",
                [9] = "createdAt id version",
            },
            rejected);

        // With --continue the valid lines are imported.
        (exitCode, output, _) = await RunAsync("import", "--account", "acme", "--continue", file);
        Assert.Equal((1, "2"), (exitCode, output));
        Assert.Equal(4, (await RunAsync("export", "--account", "acme")).Output.Split('\n').Length);
    }

    [Fact]
    public async Task A_file_can_be_imported_from_standard_input()
    {
        await PrepareAsync();
        var (exitCode, output, _) = await BatchesProcess.RunWithInputAsync(
            Database, $"{Line(1)}\r\n\r\n{Line(2)}", "import", "--account", "acme");
        Assert.Equal((0, "2"), (exitCode, output));
    }
}

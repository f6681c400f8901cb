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
        Assert.Contains("Line 3: rating must be between 0 and 5, but is 9.", errors, StringComparison.Ordinal);
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

    [Fact]
    public async Task A_file_with_deleted_batches_without_ids_changes_nothing_the_second_time()
    {
        await PrepareAsync();
        string[] lines =
        [
            Line(1),
            Deleted(1, "2026-01-02"),
            Deleted(1, "2026-01-03"),
            Deleted(2, "2026-01-02T03:04:05.678901Z"),
            """{"batchCode":"B-3","batchType":"x","deletedAt":"2026-01-02","createdAt":"2025-01-02","version":4}""",
        ];
        var file = Write("deleted.ndjson", lines);
        Assert.Equal((0, "5"), await ResultAsync("import", "--account", "acme", file));
        var exported = (await RunAsync("export", "--account", "acme")).Output;
        foreach (var arguments in (string[][])[[file], ["--continue", file], [Write("copy.ndjson", exported.Split('\n'))]])
            Assert.Equal((0, "0"), await ResultAsync(["import", "--account", "acme", .. arguments]));
        Assert.Equal(exported, (await RunAsync("export", "--account", "acme")).Output);

        // Another time of deletion or another value is another batch.
        var audit = Deleted(1, "2026-01-02").Replace("renewal", "audit", StringComparison.Ordinal);
        var other = Write("other.ndjson", [Deleted(1, "2026-01-04"), audit]);
        Assert.Equal((0, "2"), await ResultAsync("import", "--account", "acme", other));

        // Another account has none of them.
        Assert.Equal((0, "5"), await ResultAsync("import", "--account", "other", file));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "other", file));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\uFEFF", 0)]
    [InlineData("\uFEFF\r\n\r\n", 0)]
    [InlineData("\uFEFF{1}\r\n{2}", 2)]
    [InlineData("\r\n\n{1}\n\n\uFEFF{2}\n", 2)]
    public async Task Byte_order_marks_and_empty_lines_are_skipped(string format, int count)
    {
        await PrepareAsync();
        var file = Path.Combine(Folder, "marked.ndjson");
        await File.WriteAllTextAsync(
            file,
            format.Replace("{1}", Line(1), StringComparison.Ordinal).Replace("{2}", Line(2), StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        Assert.Equal((0, $"{count}"), await ResultAsync("import", "--account", "acme", file));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "acme", file));
    }

    private static string Deleted(int i, string deletedAt) => Line(i)[..^1] + $$""","deletedAt":"{{deletedAt}}"}""";
}

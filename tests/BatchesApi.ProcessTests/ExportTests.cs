using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The <c>export</c> command, whose output <c>import</c> accepts.</summary>
public sealed class ExportTests(Databases databases) : ImportExportTest(databases)
{
    private const int Count = 2_500;

    [Fact]
    public async Task Exported_batches_are_identical_after_an_import_into_another_account()
    {
        await PrepareAsync();
        var file = Write("new.ndjson", Enumerable.Range(0, Count).Select(Line));
        Assert.Equal((0, $"{Count}"), await ResultAsync("import", "--account", "acme", file));

        var (exitCode, exported, errors) = await RunAsync("export", "--account", "acme");
        Assert.Equal((0, $"Exported {Count}."), (exitCode, errors));
        var lines = exported.Split('\n');
        Assert.Equal(Count, lines.Length);
        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
        var copy = Write("copy.ndjson", lines);

        Assert.Equal((0, $"{Count}"), await ResultAsync("import", "--account", "other", copy));
        Assert.Equal(exported, (await RunAsync("export", "--account", "other")).Output);

        // A second import changes nothing. The first file has no ids; its batches are recognized by their values.
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "other", copy));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "acme", file));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "acme", "--continue", file));

        // Through CSV, too, every value is restored.
        var (csvExitCode, csv, _) = await RunAsync("export", "--account", "acme", "--format", "csv");
        Assert.Equal(0, csvExitCode);
        var csvFile = Path.Combine(Folder, "copy.csv");
        await File.WriteAllTextAsync(csvFile, csv, TestContext.Current.CancellationToken);
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "other", "--format", "csv", csvFile));
        await File.WriteAllTextAsync(
            csvFile, csv.Replace(",renewal,", ",audit,", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var (rejectedExitCode, rejected, errors2) = await RunAsync("import", "--account", "other", "--format", "csv", csvFile);
        Assert.Equal((1, "0"), (rejectedExitCode, rejected));
        Assert.StartsWith("Line 2: id is that of a batch in the account with other values.", errors2, StringComparison.Ordinal);

        // An interrupted export continues after its last line.
        var last = (string)JsonNode.Parse(lines[99])!["id"]!;
        Assert.Equal(lines[100..], (await RunAsync("export", "--account", "acme", "--after", last)).Output.Split('\n'));
    }
}

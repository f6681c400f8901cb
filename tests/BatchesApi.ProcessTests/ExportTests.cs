using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The verb <c>export</c>, and that <c>import</c> takes what it gives.</summary>
public sealed class ExportTests(Databases databases) : TransferTest(databases)
{
    private const int Count = 2_500;

    [Fact]
    public async Task What_is_exported_can_be_imported_elsewhere_and_is_the_same()
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

        // Again it changes nothing, since all is there; the first file had no ids, and is known by its values.
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "other", copy));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "acme", file));
        Assert.Equal((0, "0"), await ResultAsync("import", "--account", "acme", "--continue", file));

        // An interrupted export goes on after its last line.
        var last = (string)JsonNode.Parse(lines[99])!["id"]!;
        Assert.Equal(lines[100..], (await RunAsync("export", "--account", "acme", "--after", last)).Output.Split('\n'));
    }
}

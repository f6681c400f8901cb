using System.Text.Json.Nodes;

namespace BatchesApi.ProcessTests;

/// <summary>The verbs <c>import</c>, <c>export</c> and <c>purge</c>.</summary>
public sealed class TransferTests(Databases databases) : IDisposable
{
    private const int Count = 2_500;

    private readonly string _folder = Directory.CreateTempSubdirectory("batches-").FullName;
    private string _database = "";

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

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

    [Fact]
    public async Task Nothing_is_imported_where_a_line_is_rejected_and_every_fault_is_told()
    {
        await PrepareAsync();
        await ResultAsync("import", "--account", "acme", Write("old.ndjson", [Line(1), """{"batchCode":"K","batchType":"x","id":"63a5b84c53e1218321c55001"}"""]));
        var report = Path.Combine(_folder, "rejected.ndjson");
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
        Assert.Contains("Imported 0, already there 0, rejected 6.", errors, StringComparison.Ordinal);
        Assert.Contains("Line 3: rating must be between 0 and 5.", errors, StringComparison.Ordinal);
        Assert.Contains("Line 7: batchCode is that of line 6, too.", errors, StringComparison.Ordinal);
        var rejected = File.ReadLines(report).Select(line => JsonNode.Parse(line)!).ToDictionary(
            line => (int)line["line"]!, line => string.Join(' ', line["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal)));
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

        // The rest goes in where that is asked for.
        (exitCode, output, _) = await RunAsync("import", "--account", "acme", "--continue", file);
        Assert.Equal((1, "2"), (exitCode, output));
        Assert.Equal(4, (await RunAsync("export", "--account", "acme")).Output.Split('\n').Length);
    }

    [Fact]
    public async Task A_file_comes_by_standard_input_too()
    {
        await PrepareAsync();
        var (exitCode, output, _) = await BatchesProcess.RunWithInputAsync(_database, $"{Line(1)}\r\n\r\n{Line(2)}", "import", "--account", "acme");
        Assert.Equal((0, "2"), (exitCode, output));
    }

    [Fact]
    public async Task Purging_removes_what_was_deleted_long_ago_and_nothing_else()
    {
        await PrepareAsync();
        string Deleted(int i, int days) => Line(i).Replace("}", $",\"deletedAt\":\"{DateTime.UtcNow.AddDays(-days):yyyy-MM-dd}\"}}", StringComparison.Ordinal);
        var file = Write("deleted.ndjson", [Line(1), Deleted(2, 10), Deleted(3, 100), Deleted(4, 200)]);
        await ResultAsync("import", "--account", "acme", file);
        await ResultAsync("import", "--account", "other", file);

        Assert.Equal((0, "2"), await ResultAsync("purge", "--older-than", "90d", "--account", "acme"));
        Assert.Equal((0, "2"), await ResultAsync("purge", "--older-than", "90d"));
        Assert.Equal((0, "0"), await ResultAsync("purge", "--older-than", "90d"));
        Assert.Equal(2, (await RunAsync("export", "--account", "acme")).Output.Split('\n').Length);
    }

    [Theory]
    [InlineData(2, "purge")]
    [InlineData(2, "purge", "--older-than", "90")]
    [InlineData(2, "export")]
    [InlineData(2, "export", "--account", "acme", "--after", "x")]
    [InlineData(1, "export", "--account", "nobody")]
    [InlineData(1, "import", "--account", "acme", "there-is-no-such.file")]
    public async Task What_is_wrong_is_told(int expected, params string[] arguments)
    {
        await PrepareAsync();
        var (exitCode, output, errors) = await RunAsync(arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.NotEqual("", errors);
    }

    private static string Line(int i) =>
        $$"""{"batchCode":"B-{{i}}","batchType":"renewal","notes":"é \"{{i}}\"\n","rating":{{i % 6}},"leadIds":["a","b"],"dueDate":"2026-12-01T00:00:00.000001Z"}""";

    private async Task PrepareAsync()
    {
        _database = await databases.CreateAsync();
        await RunAsync("migrate");
        await RunAsync("accounts", "create", "--name", "acme");
        await RunAsync("accounts", "create", "--name", "other");
    }

    private string Write(string name, IEnumerable<string> lines)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllLines(file, lines);
        return file;
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) => BatchesProcess.RunAsync(_database, arguments);

    private async Task<(int ExitCode, string Output)> ResultAsync(params string[] arguments)
    {
        var (exitCode, output, _) = await RunAsync(arguments);
        return (exitCode, output);
    }
}

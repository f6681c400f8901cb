namespace BatchesApi.ProcessTests;

/// <summary>A test with a temporary folder and a database with the accounts <c>acme</c> and <c>other</c>.</summary>
public abstract class ImportExportTest(Databases databases) : IDisposable
{
    private protected string Folder { get; } = Directory.CreateTempSubdirectory("batches-").FullName;

    private protected string Database { get; private set; } = "";

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected static string Line(int i) =>
        $$"""{"batchCode":"B-{{i}}","batchType":"renewal","notes":"é \"{{i}}\"\n","rating":{{i % 6}}"""
        + ""","leadIds":["a","b"],"dueDate":"2026-12-01T00:00:00.000001Z"}""";

    private protected async Task PrepareAsync() => Database = await databases.CreateWithAccountsAsync();

    private protected string Write(string name, IEnumerable<string> lines)
    {
        var file = Path.Combine(Folder, name);
        File.WriteAllLines(file, lines);
        return file;
    }

    private protected Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        BatchesProcess.RunAsync(Database, arguments);

    private protected Task<(int ExitCode, string Output)> ResultAsync(params string[] arguments) =>
        CommandLine.ResultAsync(Database, arguments);
}

namespace BatchesApi.ProcessTests;

/// <summary>Errors of <c>import</c>, <c>export</c> and <c>purge</c>.</summary>
public sealed class ImportExportErrorTests(Databases databases) : ImportExportTest(databases)
{
    [Theory]
    [InlineData(2, "purge")]
    [InlineData(2, "purge", "--older-than", "90")]
    [InlineData(2, "export")]
    [InlineData(2, "export", "--account", "acme", "--after", "x")]
    [InlineData(2, "export", "--account", "acme", "--format", "xlsx")]
    [InlineData(1, "export", "--account", "nobody")]
    [InlineData(1, "import", "--account", "acme", "there-is-no-such.file")]
    public async Task Wrong_arguments_are_reported_on_standard_error(int expected, params string[] arguments)
    {
        await PrepareAsync();
        var (exitCode, output, errors) = await RunAsync(arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.NotEqual("", errors);
    }
}

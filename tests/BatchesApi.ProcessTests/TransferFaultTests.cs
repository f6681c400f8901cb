namespace BatchesApi.ProcessTests;

/// <summary>What <c>import</c>, <c>export</c> and <c>purge</c> refuse.</summary>
public sealed class TransferFaultTests(Databases databases) : TransferTest(databases)
{
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
}

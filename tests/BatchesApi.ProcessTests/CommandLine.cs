namespace BatchesApi.ProcessTests;

/// <summary>Verbs of the command line, run to their end.</summary>
internal static class CommandLine
{
    /// <summary>Runs one for its exit code and its result.</summary>
    public static async Task<(int ExitCode, string Output)> ResultAsync(string? database, params string[] arguments)
    {
        var (exitCode, output, _) = await BatchesProcess.RunAsync(database, arguments);
        return (exitCode, output);
    }

    /// <summary>Runs one that must fail, with a reason in words and nothing in standard output.</summary>
    public static async Task FailsAsync(int expected, string reason, string? database, params string[] arguments)
    {
        var (exitCode, output, errors) = await BatchesProcess.RunAsync(database, arguments);
        Assert.True(exitCode == expected, $"{exitCode}: {errors}");
        Assert.Equal("", output);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}

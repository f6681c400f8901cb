namespace BatchesApi.ProcessTests;

/// <summary>Runs commands of the program to their end.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command.</summary>
    public static async Task<(int ExitCode, string Output)> ResultAsync(string? database, params string[] arguments)
    {
        var (exitCode, output, _) = await BatchesProcess.RunAsync(database, arguments);
        return (exitCode, output);
    }

    /// <summary>Runs a command that must fail: with a reason, without a stack trace, and with nothing on standard output.</summary>
    public static async Task FailsAsync(int expected, string reason, string? database, params string[] arguments)
    {
        var (exitCode, output, errors) = await BatchesProcess.RunAsync(database, arguments);
        Assert.True(exitCode == expected, $"{exitCode}: {errors}");
        Assert.Equal("", output);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}

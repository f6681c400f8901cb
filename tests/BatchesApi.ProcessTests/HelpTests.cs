using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>What the program says of its verbs.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Every_verb_helps_with_an_example()
    {
        var commands = await VerbsAsync();
        Assert.Equal(
            [
                "accounts create", "accounts list", "export", "import", "keys create", "keys list", "keys revoke", "migrate", "purge", "ready",
                "users create", "users disable", "users list",
            ],
            commands.Order(StringComparer.Ordinal));
        foreach (var command in commands)
        {
            var (exitCode, output, errors) = await BatchesProcess.RunAsync(null, [.. command.Split(' '), "--help"]);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Matches($"(?s)Examples?:.*BatchesApi(\", \")? ?{command}", output);
        }
    }

    /// <summary>Every verb that does something, as the help lists them.</summary>
    private static async Task<List<string>> VerbsAsync(string above = "")
    {
        var words = above.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (exitCode, output, _) = await BatchesProcess.RunAsync(null, [.. words, "--help"]);
        Assert.Equal(0, exitCode);
        if (!output.Contains("Commands:", StringComparison.Ordinal))
            return [above];
        var commands = new List<string>();
        foreach (var command in Regex.Matches(output[output.IndexOf("Commands:", StringComparison.Ordinal)..], "^  ([a-z]+)", RegexOptions.Multiline).AsEnumerable())
            commands.AddRange(await VerbsAsync($"{above} {command.Groups[1].Value}".Trim()));
        return commands;
    }
}

using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>The help of the commands.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task The_help_of_every_command_has_an_example()
    {
        var commands = await ListCommandsAsync();
        Assert.Equal(
            [
                "accounts create", "accounts list", "export", "import", "keys create", "keys list", "keys revoke", "migrate", "purge",
                "ready", "users create", "users disable", "users list",
            ],
            commands.Order(StringComparer.Ordinal));
        foreach (var command in commands)
        {
            var (exitCode, output, errors) = await BatchesProcess.RunAsync(null, [.. command.Split(' '), "--help"]);
            Assert.Equal((0, ""), (exitCode, errors));
            Assert.Matches($"(?s)Examples?:.*BatchesApi(\", \")? ?{command}", output);
        }
    }

    /// <summary>Lists every command without subcommands, by its help.</summary>
    private static async Task<List<string>> ListCommandsAsync(string parent = "")
    {
        var words = parent.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (exitCode, output, _) = await BatchesProcess.RunAsync(null, [.. words, "--help"]);
        Assert.Equal(0, exitCode);
        if (!output.Contains("Commands:", StringComparison.Ordinal))
            return [parent];
        var commands = new List<string>();
        foreach (var command in
            Regex.Matches(output[output.IndexOf("Commands:", StringComparison.Ordinal)..], "^  ([a-z]+)", RegexOptions.Multiline)
                .AsEnumerable())
        {
            commands.AddRange(await ListCommandsAsync($"{parent} {command.Groups[1].Value}".Trim()));
        }
        return commands;
    }
}

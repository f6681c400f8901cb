using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Recipes;

/// <summary>The pages in <c>clients</c>, each with the commands of a recipe.</summary>
internal static partial class ClientPage
{
    /// <summary>The folder of all recipes.</summary>
    public static readonly string Folder = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "..", "clients"));

    /// <summary>Runs the commands of a page, its block <c>sh</c>.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> RunAsync(string recipe, string address, string key)
    {
        var (exitCode, output, errors) = await RunCommandsAsync(recipe, Commands(recipe), address, key);
        Assert.True(exitCode == 0, $"{recipe} exited with {exitCode}.\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs the last command of a page, the program, which must fail.</summary>
    /// <returns>Standard error.</returns>
    public static async Task<string> FailAsync(string recipe, string address, string key)
    {
        var (exitCode, output, errors) = await RunCommandsAsync(recipe, Commands(recipe).TrimEnd().Split('\n')[^1], address, key);
        Assert.True(exitCode != 0, $"{recipe} did not fail.\n{output}\n{errors}");
        return errors;
    }

    /// <summary>How to run the commands of a page.</summary>
    public static ProcessStartInfo CreateStart(string recipe) => CreateStart(recipe, Commands(recipe));

    private static ProcessStartInfo CreateStart(string recipe, string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euc", commands])
        {
            WorkingDirectory = Path.Combine(Folder, recipe),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Kiota would check for updates. Build servers would outlive the command and keep its output open.
        start.Environment["KIOTA_OFFLINE_ENABLED"] = "true";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";

        // npm would ask the registry about packages that its cache has, and about their security.
        start.Environment["npm_config_prefer_offline"] = "true";
        start.Environment["npm_config_audit"] = "false";
        start.Environment["npm_config_fund"] = "false";
        start.Environment["npm_config_update_notifier"] = "false";
        return start;
    }

    private static string Commands(string recipe) =>
        Blocks().Matches(File.ReadAllText(Path.Combine(Folder, recipe, "README.md"))).Single(IsCommand).Groups[2].Value;

    private static async Task<(int ExitCode, string Output, string Errors)> RunCommandsAsync(
        string recipe, string commands, string address, string key)
    {
        var start = CreateStart(recipe, commands);
        start.Environment["BATCHES_URL"] = address;
        start.Environment["BATCHES_KEY"] = key;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    public static bool IsCommand(Match block) => block.Groups[1].Value == "sh";

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    public static partial Regex Blocks();
}

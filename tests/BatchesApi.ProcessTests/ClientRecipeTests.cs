using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>Runs the recipes in <c>clients</c> as their pages say, against a server that causes errors.</summary>
public sealed partial class ClientRecipeTests(Databases databases)
{
    /// <summary>The number of batches that exist before a recipe runs: more than fit on one page.</summary>
    private const int ExistingBatches = 1_001;

    private static readonly string Folder = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "clients"));

    [Theory]
    [InlineData("curl")]
    [InlineData("python")]
    [InlineData("typescript")]
    [InlineData("csharp")]
    public async Task A_recipe_creates_lists_and_changes_despite_errors(string recipe)
    {
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));
        using var client = server.CreateClient(key);
        foreach (var codes in Enumerable.Range(1, ExistingBatches).Chunk(1_000))
        {
            var existing = codes.Select(code => new { batchCode = $"existing-{code}", batchType = "renewal" });
            using var response = await client.PostAsJsonAsync("/api/v2/batches", existing, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
        }
        await using var unreliable = await UnreliableServer.StartAsync(client);

        var output = await RunPageAsync(recipe, unreliable.Address + "/", key);

        var id = Created().Match(output).Groups[1].Value;
        Assert.Contains($"listed {ExistingBatches + 1}\n", output, StringComparison.Ordinal);
        Assert.Contains($"changed {id} to version 3\n", output, StringComparison.Ordinal);
        Assert.Contains($"deleted {id}\n", output, StringComparison.Ordinal);
        Assert.Contains($"restored {id}\n", output, StringComparison.Ordinal);
        Assert.Contains("invalid rating: must be between 0 and 5", output, StringComparison.Ordinal);
        Assert.Contains("invalid batchCode: ", output, StringComparison.Ordinal);

        var batch = JsonNode.Parse(await client.GetStringAsync($"/api/v2/batches/{id}", TestContext.Current.CancellationToken))!;
        Assert.Equal("amy", (string?)batch["assignee"]);
        Assert.Null(batch["summary"]);
        Assert.Equal(UnreliableServer.OtherChange, (string?)batch["notes"]);

        // The three retries of the create, and then the invalid one, which has another key.
        var creates = unreliable.Requests.Where(request => request is { Method: "POST", Path: "/api/v2/batches" }).ToList();
        Assert.Equal(5, creates.Count);
        Assert.Single(creates.Take(4).Select(request => request.IdempotencyKey).Distinct(), value => value.Length > 0);
        Assert.NotEqual(creates[0].IdempotencyKey, creates[4].IdempotencyKey);
        foreach (var retry in (int[])[2, 3])
        {
            var wait = TimeProvider.System.GetElapsedTime(creates[retry - 1].Timestamp, creates[retry].Timestamp);
            Assert.True(wait.TotalSeconds >= 0.95, $"Retry-After was 1 second, but the client waited {wait}.");
        }
        Assert.Single(unreliable.Requests, request => request.Method == "DELETE" && request.Path == $"/api/v2/batches/deleted/{id}");
        var restore = Assert.Single(unreliable.Requests, request => request.Path == $"/api/v2/batches/deleted/{id}/restore");
        Assert.NotEmpty(restore.IdempotencyKey);
        var changes = unreliable.Requests.Where(request => request.Method == "PATCH");
        Assert.Equal(["\"1\"", "\"2\""], changes.Select(request => request.IfMatch));
        var lists = unreliable.Requests.Where(request => request.Query.Contains("limit=1000", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lists.Count);
        Assert.All(lists, request => Assert.Contains("count=none", request.Query, StringComparison.Ordinal));

        Assert.Contains("API keys begin with 'icr_'", await FailAsync(recipe, unreliable.Address, "wrong"), StringComparison.Ordinal);
        Assert.Contains("404", await FailAsync(recipe, unreliable.Address + "/elsewhere", key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Postman_collection_runs_from_top_to_bottom()
    {
        var (connectionString, key) = await databases.CreateWithKeyAsync();
        await using var server = await BatchesProcess.ServeAsync(("ConnectionStrings__Batches", connectionString));

        var output = await RunPageAsync("postman", server.Address.ToString(), key);

        Assert.Matches("""assertions │ +[1-9][0-9]+ │ +0 │""", output);
    }

    [Fact]
    public void Every_block_of_a_page_is_code_that_runs()
    {
        var pages = Directory.GetDirectories(Folder).Select(folder => Path.Combine(folder, "README.md")).ToList();
        Assert.Equal(5, pages.Count);
        foreach (var page in pages)
        {
            var sources = Directory.GetFiles(Path.GetDirectoryName(page)!).Where(file => file != page).Select(File.ReadAllText).ToList();
            var blocks = Blocks().Matches(File.ReadAllText(page)).ToList();
            Assert.Single(blocks, IsCommand);
            Assert.All(
                blocks.Where(block => !IsCommand(block)),
                block => Assert.True(
                    sources.Any(source => source.Contains(block.Groups[2].Value, StringComparison.Ordinal)),
                    $"{page} has a block that is not in a file beside it:\n{block.Value}"));
        }
        Assert.Empty(Blocks().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))));
    }

    /// <summary>Runs the commands of a page, its block <c>sh</c>.</summary>
    /// <returns>Standard output.</returns>
    private static async Task<string> RunPageAsync(string recipe, string address, string key)
    {
        var (exitCode, output, errors) = await RunAsync(recipe, Commands(recipe), address, key);
        Assert.True(exitCode == 0, $"{recipe} exited with {exitCode}.\n{output}\n{errors}");
        return output;
    }

    /// <summary>Runs the last command of a page, the program, which must fail.</summary>
    /// <returns>Standard error.</returns>
    private static async Task<string> FailAsync(string recipe, string address, string key)
    {
        var (exitCode, output, errors) = await RunAsync(recipe, Commands(recipe).TrimEnd().Split('\n')[^1], address, key);
        Assert.True(exitCode != 0, $"{recipe} did not fail.\n{output}\n{errors}");
        return errors;
    }

    private static string Commands(string recipe) =>
        Blocks().Matches(File.ReadAllText(Path.Combine(Folder, recipe, "README.md"))).Single(IsCommand).Groups[2].Value;

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string recipe, string commands, string address, string key)
    {
        var start = new ProcessStartInfo("bash", ["-euc", commands])
        {
            WorkingDirectory = Path.Combine(Folder, recipe),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["BATCHES_URL"] = address;
        start.Environment["BATCHES_KEY"] = key;

        // Kiota would check for updates. Build servers would outlive the command and keep its output open.
        start.Environment["KIOTA_OFFLINE_ENABLED"] = "true";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";

        // npm would ask the registry about packages that its cache has, and about their security.
        start.Environment["npm_config_prefer_offline"] = "true";
        start.Environment["npm_config_audit"] = "false";
        start.Environment["npm_config_fund"] = "false";
        start.Environment["npm_config_update_notifier"] = "false";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static bool IsCommand(Match block) => block.Groups[1].Value == "sh";

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex("^created ([0-9a-f]{24})$", RegexOptions.Multiline)]
    private static partial Regex Created();

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}

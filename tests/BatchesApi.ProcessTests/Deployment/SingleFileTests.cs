using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Deployment;

/// <summary>Publishing as a single file that contains .NET (docs/operating.md, "A single file").</summary>
public sealed partial class SingleFileTests(Databases databases) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("batches-single-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_file_alone_migrates_and_serves_everything()
    {
        var binary = await PublishAsync();
        var database = await databases.CreateAsync();
        var (exitCode, key, errors) =
            await BatchesProcess.RunBinaryAsync(binary, database, "accounts", "create", "--name", "acme", "--with-key", "first");
        Assert.True(exitCode != 0, "The database is not migrated yet.");
        Assert.Contains("migrate", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await BatchesProcess.RunBinaryAsync(binary, database, "migrate")).ExitCode);
        (exitCode, key, errors) =
            await BatchesProcess.RunBinaryAsync(binary, database, "accounts", "create", "--name", "acme", "--with-key", "first");
        Assert.True(exitCode == 0, errors);

        await using var server = await BatchesProcess.ServeBinaryAsync(binary, ("ConnectionStrings__Batches", database));
        using var client = server.CreateClient(key.Trim());
        await WaitUntilReadyAsync(client);
        Assert.Equal("[]", JsonNode.Parse(await client.GetStringAsync("/api/v2/batches", Cancellation))!["data"]!.ToJsonString());
        foreach (var path in (string[])
            ["/", "/docs/operating", "/problems/batch_code_taken", "/swagger/v2/swagger.json", "/swagger/index.html",
                "/swagger/swagger-ui-bundle.js", "/swagger/page.js", "/style.css"])
        {
            Assert.NotEmpty(await client.GetStringAsync(path, Cancellation));
        }

        // The settings in appsettings.json apply without the file: a line for each request, but none of ASP.NET Core.
        Assert.Contains("GET /docs/operating → 200", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.AspNetCore.Routing", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_published_server_collects_garbage_as_the_container_does()
    {
        var properties = JsonNode.Parse(File.ReadAllText(BatchesProcess.RuntimeConfiguration))!["runtimeOptions"]!["configProperties"]!;
        Assert.Equal(4 * 1024 * 1024, (int?)properties["System.GC.Gen0MaxBudget"]);
        Assert.False((bool?)properties["System.GC.Server"]);
    }

    /// <summary>Publishes as the guide says, in a temporary folder, and returns the only file that is needed.</summary>
    private async Task<string> PublishAsync()
    {
        var command = Command().Match(await Repository.ReadAsync("docs/operating.md"));
        Assert.True(command.Success);
        var output = Path.Combine(_folder.FullName, "published");
        string[] arguments =
        [
            .. command.Groups["arguments"].Value.Replace("\\\n", "", StringComparison.Ordinal)
                .Replace("linux-x64", RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal)
                .Replace("/opt/batches-api", output, StringComparison.Ordinal)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            "--artifacts-path", Path.Combine(_folder.FullName, "artifacts"), "-p:RunAnalyzers=false", "--disable-build-servers",
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, WorkingDirectory = Repository.Root };
        using var publish = Process.Start(start)!;
        var log = await publish.StandardOutput.ReadToEndAsync(Cancellation);
        await publish.WaitForExitAsync(Cancellation);
        Assert.True(publish.ExitCode == 0, log);

        var binary = Path.Combine(_folder.CreateSubdirectory("installed").FullName, "BatchesApi");
        File.Move(Path.Combine(output, "BatchesApi"), binary);
        return binary;
    }

    private static async Task WaitUntilReadyAsync(HttpClient client)
    {
        for (var waiting = Stopwatch.StartNew(); ; await Task.Delay(50, Cancellation))
        {
            using var response = await client.GetAsync("/health/ready", Cancellation);
            if (response.StatusCode == HttpStatusCode.OK)
                return;
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(30), await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [GeneratedRegex(@"^dotnet (?<arguments>publish [^`]*?PublishSingleFile=true[^`\n]*)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using BatchesApi.ProcessTests.Development;
using Npgsql;

namespace BatchesApi.ProcessTests;

/// <summary>The server without any configuration, as <c>dotnet run</c> starts it.</summary>
public sealed partial class DevelopmentTests
{
    [Fact]
    public async Task A_server_without_configuration_starts_and_keeps_its_data_and_key()
    {
        using var home = new TemporaryFolder();
        string curl;
        await using (var first = await DevServerProcess.StartAsync(home))
        {
            curl = await CurlAsync(first);
            Assert.Contains("\"total\":0", await ShellAsync(curl), StringComparison.Ordinal);
            await ShellAsync($"{curl} -d batchCode=B-1 -d batchType=renewal -d dueDate=0001-01-01");
            var connectionString = await File.ReadAllTextAsync(home.Combine("connection-string"), TestContext.Current.CancellationToken);
            await using (var source = NpgsqlDataSource.Create(connectionString))
            await using (var isFinite = source.CreateCommand("SELECT isfinite(due_date) FROM batches"))
                Assert.Equal(true, await isFinite.ExecuteScalarAsync(TestContext.Current.CancellationToken));

            await using (var command = DevServerProcess.Start(home, "accounts", "list"))
            {
                Assert.Equal(0, await command.WaitForExitAsync());
                Assert.StartsWith("demo\t", command.Output, StringComparison.Ordinal);
            }

            await using var second = DevServerProcess.Start(home);
            Assert.Equal(1, await second.WaitForExitAsync());
            Assert.Contains("already running", second.Errors, StringComparison.Ordinal);

            await first.SignalAsync("INT");
            Assert.Equal(0, await first.WaitForExitAsync());
            Assert.Empty(Directory.GetFiles(home.Path, "postmaster.pid", SearchOption.AllDirectories));
        }

        await using var later = await DevServerProcess.StartAsync(home);
        var again = await CurlAsync(later);
        Assert.Equal(FindKey(curl), FindKey(again));
        Assert.Contains("\"total\":1", await ShellAsync(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_after_a_kill_recovers_the_data()
    {
        using var home = new TemporaryFolder();
        await using (var killed = await DevServerProcess.StartAsync(home))
        {
            var curl = await CurlAsync(killed);
            await ShellAsync($"{curl} -d batchCode=B-1 -d batchType=renewal");
            await killed.KillAsync();
        }

        await using var later = await DevServerProcess.StartAsync(home);
        Assert.Contains("\"total\":1", await ShellAsync(await CurlAsync(later)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_reported_in_one_line_and_PostgreSQL_is_stopped()
    {
        using var home = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var process = DevServerProcess.Start(home, "--urls", $"http://{taken.LocalEndpoint}");
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.StartsWith("Failed to bind to address", process.Errors.Split('\n')[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Errors + process.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(home.Path, "postmaster.pid", SearchOption.AllDirectories));
    }

    /// <summary>The key cannot be written because a folder has its name.</summary>
    [Fact]
    public async Task A_file_that_cannot_be_written_is_reported_in_one_line_and_PostgreSQL_is_stopped()
    {
        using var home = new TemporaryFolder();
        Directory.CreateDirectory(home.Combine("demo-key"));
        await using var process = DevServerProcess.Start(home);
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains("demo-key", process.Errors.Split('\n')[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Errors + process.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(home.Path, "postmaster.pid", SearchOption.AllDirectories));
        Assert.False(File.Exists(home.Combine("connection-string")));
    }

    private static async Task<string> CurlAsync(BatchesProcess server) =>
        (await server.WaitForAsync(() => server.Output, CurlLine())).Value;

    private static string FindKey(string curl) => Key().Match(curl).Value;

    private static async Task<string> ShellAsync(string line)
    {
        using var shell =
            Process.Start(new ProcessStartInfo("bash", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    [GeneratedRegex("curl -H .*")]
    private static partial Regex CurlLine();

    [GeneratedRegex("icr_[A-Za-z0-9_-]{48}")]
    private static partial Regex Key();
}

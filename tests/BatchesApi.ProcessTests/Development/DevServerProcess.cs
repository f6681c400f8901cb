using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests.Development;

/// <summary>The real development server in a separate process, on the folder of a test.</summary>
internal static partial class DevServerProcess
{
    /// <summary>Starts a server and waits until it listens.</summary>
    public static Task<BatchesProcess> StartAsync(TemporaryFolder folder) => BatchesProcess.ServeAsync(Environment(folder));

    /// <summary>Starts a server and waits until it begins to create its cluster.</summary>
    public static async Task<BatchesProcess> StartUntilClusterCreationAsync(TemporaryFolder folder)
    {
        var process = BatchesProcess.Start(Environment(folder));
        await process.WaitForAsync(() => process.Errors, ClusterCreation());
        return process;
    }

    public static BatchesProcess Start(TemporaryFolder folder, params string[] arguments) =>
        BatchesProcess.Start(arguments, Environment(folder));

    /// <summary>Kills the process, not its PostgreSQL, and reads its output to the end.</summary>
    public static async Task KillAsync(this BatchesProcess process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static (string, string?)[] Environment(TemporaryFolder folder) =>
        [("XDG_DATA_HOME", folder.Home), ("ASPNETCORE_ENVIRONMENT", "Development")];

    [GeneratedRegex("^Creating", RegexOptions.Multiline)]
    private static partial Regex ClusterCreation();
}

namespace BatchesApi.Load;

/// <summary>Publishes the measured programs, the server as the container image has it.</summary>
internal static class Binaries
{
    /// <summary>Publishes the server.</summary>
    /// <returns>The path of the binary.</returns>
    public static Task<string> PublishServerAsync(CancellationToken cancellation) =>
        PublishAsync("src/BatchesApi", "BatchesApi", cancellation);

    /// <summary>Publishes the ceiling.</summary>
    /// <returns>The path of the binary.</returns>
    public static Task<string> PublishCeilingAsync(CancellationToken cancellation) =>
        PublishAsync("tests/load/Ceiling", "BatchesApi.Ceiling", cancellation);

    /// <summary>Publishes the peer on EF Core.</summary>
    /// <returns>The path of the binary.</returns>
    public static Task<string> PublishEfTunedAsync(CancellationToken cancellation) =>
        PublishAsync("tests/load/Peers/EfTuned", "BatchesApi.EfTuned", cancellation);

    /// <summary>Installs the packages of the peer on Fastify.</summary>
    /// <returns>The path of its program for Node.js.</returns>
    public static async Task<string> InstallFastifyAsync(CancellationToken cancellation)
    {
        var folder = Path.Combine(FindRoot(), "tests", "load", "Peers", "Fastify");
        await LoadTools.RunAsync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], cancellation);
        return Path.Combine(folder, "server.js");
    }

    private static async Task<string> PublishAsync(string project, string name, CancellationToken cancellation)
    {
        var root = FindRoot();
        var folder = Path.Combine(root, "artifacts", "load", name);
        await LoadTools.RunAsync(
            "dotnet",
            ["publish", Path.Combine(root, project), "-c", "Release", "-o", folder, "-p:PublishReadyToRun=true"],
            cancellation);
        return Path.Combine(folder, name);
    }

    /// <summary>The root of the repository.</summary>
    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BatchesApi.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("Run the command from a build inside the repository.");
    }
}

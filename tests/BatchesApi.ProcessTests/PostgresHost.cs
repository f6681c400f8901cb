using System.Diagnostics;
using System.Globalization;
using BatchesApi.DevServer;

namespace BatchesApi.ProcessTests;

/// <summary>A PostgreSQL in a temporary folder, on which the commands of the guide for operators run.</summary>
internal sealed class PostgresHost : IAsyncDisposable
{
    private readonly string _programs;

    private PostgresHost(string folder, string programs, PostgresNode node) => (Folder, _programs, Node) = (folder, programs, node);

    /// <summary>The current folder of the commands.</summary>
    public string Folder { get; }

    public PostgresNode Node { get; }

    /// <summary>The connection string of the server, with the role and the database of the guide, also for a busy machine.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Node.Port};Username=batches;Database=batches;Command Timeout=60");

    /// <summary>Starts a cluster, and creates the role and the database by the statements of the guide.</summary>
    public static async Task<PostgresHost> StartAsync()
    {
        var account = await OsUser.FindAsync(CancellationToken.None);
        var installed = await PostgresLocator.FindInstalledAsync(CancellationToken.None);
        var binaries = (await PostgresBinaries.FindAsync(installed, account, CancellationToken.None))[0];
        var folder = Directory.CreateTempSubdirectory("batches-host-").FullName;
        var host = new PostgresHost(folder, binaries.Folder, new PostgresNode(binaries, account, folder, Ports.FindFree()));
        try
        {
            await account.ChangeOwnerAsync(folder, CancellationToken.None);
            await host.Node.InitializeAsync();
            await host.Node.StartAsync();
            foreach (var statement in OperatingPage.Blocks("The database", "sql").Single().Split('\n'))
                await host.Node.QueryAsync(statement);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs commands in bash, which must succeed.</summary>
    /// <returns>Standard error.</returns>
    public async Task<string> RunAsync(string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euc", commands])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["PGHOST"] = "127.0.0.1";
        start.Environment["PGPORT"] = Node.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = "batches";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{commands}\n{await output}\n{await errors}");
        return await errors;
    }

    public async ValueTask DisposeAsync()
    {
        await Node.StopAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

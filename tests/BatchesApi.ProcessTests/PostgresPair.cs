using System.Globalization;
using BatchesApi.DevServer;

namespace BatchesApi.ProcessTests;

/// <summary>A primary and a standby that must confirm each commit, in a temporary folder.</summary>
internal sealed class PostgresPair : IAsyncDisposable
{
    private const string Database = "batches";

    private readonly string _folder;

    private PostgresPair(string folder, PostgresNode primary, PostgresNode standby) =>
        (_folder, Primary, Standby) = (folder, primary, standby);

    /// <summary>The initial primary.</summary>
    public PostgresNode Primary { get; }

    /// <summary>The initial standby.</summary>
    public PostgresNode Standby { get; }

    /// <summary>A connection string that names the standby first.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1:{Standby.Port},127.0.0.1:{Primary.Port};Username=postgres;Database={Database}");

    /// <summary>Starts both.</summary>
    public static async Task<PostgresPair> StartAsync()
    {
        var account = await OsUser.FindAsync(CancellationToken.None);
        var installed = await PostgresLocator.FindInstalledAsync(CancellationToken.None);
        var binaries = (await PostgresBinaries.FindAsync(installed, account, CancellationToken.None))[0];
        var folder = Directory.CreateTempSubdirectory("batches-pair-").FullName;
        PostgresNode Node(string name)
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            return new PostgresNode(binaries, account, Path.Combine(folder, name), Ports.FindFree());
        }

        var pair = new PostgresPair(folder, Node("primary"), Node("standby"));
        try
        {
            await account.ChangeOwnerAsync(folder, CancellationToken.None);
            await pair.Primary.InitializeAsync();
            await pair.Standby.CopyAsync(pair.Primary);
            await Task.WhenAll(pair.Primary.StartAsync(), pair.Standby.StartAsync());
            await pair.Primary.QueryAsync($"CREATE DATABASE {Database}");
            await pair.Primary.QueryAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
            await pair.Primary.QueryAsync("SELECT pg_reload_conf()");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The codes of the batches on a node.</summary>
    public static async Task<HashSet<string>> CodesAsync(PostgresNode node) =>
        [.. (string[])(await node.QueryAsync("SELECT coalesce(array_agg(batch_code), '{}') FROM batches", Database))!];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Primary.StopAsync();
        await Standby.StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

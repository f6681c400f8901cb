using System.Diagnostics;
using System.Globalization;
using BatchesApi.DevServer;

namespace BatchesApi.ProcessTests;

/// <summary>A primary and a standby, in a temporary folder.</summary>
internal sealed class PostgresPair : IAsyncDisposable
{
    private const string Database = "batches";

    private readonly string _folder;

    private PostgresPair(string folder, PostgresNode primary, PostgresNode standby) =>
        (_folder, Primary, Standby) = (folder, primary, standby);

    /// <summary>The primary.</summary>
    public PostgresNode Primary { get; private set; }

    /// <summary>The standby.</summary>
    public PostgresNode Standby { get; private set; }

    /// <summary>A connection string that names the standby first.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1:{Standby.Port},127.0.0.1:{Primary.Port};Username=postgres;Database={Database}");

    /// <summary>Starts both.</summary>
    /// <param name="synchronous">Whether the standby must confirm each commit.</param>
    public static async Task<PostgresPair> StartAsync(bool synchronous = true)
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
            await pair.Primary.StartAsync();
            await pair.Primary.QueryAsync($"CREATE DATABASE {Database}");
            await pair.Standby.StartAsync();
            await WaitForDatabaseAsync(pair.Standby);
            if (synchronous)
                await pair.SetSynchronousAsync();
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

    /// <summary>Starts a server on both.</summary>
    public Task<BatchesProcess> ServeAsync() =>
        BatchesProcess.ServeAsync(("ConnectionStrings__Batches", ConnectionString), ("RateLimits__Enabled", "false"));

    /// <summary>Creates an account with a key.</summary>
    /// <returns>The key.</returns>
    public async Task<string> CreateKeyAsync(string account = "acme")
    {
        var (_, key, errors) = await BatchesProcess.RunAsync(
            ConnectionString, "accounts", "create", "--name", account, "--with-key", "first");
        Assert.True(key.Length > 0, errors);
        return key;
    }

    /// <summary>Kills the primary and promotes the standby after a pause.</summary>
    /// <returns>When the standby was the primary.</returns>
    public async Task<long> FailOverAsync(TimeSpan pause)
    {
        await Primary.KillAsync();
        await Task.Delay(pause, TestContext.Current.CancellationToken);
        await Standby.PromoteAsync();
        (Primary, Standby) = (Standby, Primary);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Makes the former primary a standby again, which must confirm each commit.</summary>
    public async Task RejoinAsync()
    {
        await Standby.CopyRunningAsync(Primary);
        await Standby.StartAsync();
        await SetSynchronousAsync();
    }

    /// <summary>Waits until a standby has the database. A server cannot find out that a host without it is a standby.</summary>
    private static async Task WaitForDatabaseAsync(PostgresNode standby)
    {
        while (await standby.QueryAsync($"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{Database}')") is not true)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <summary>Makes commits wait for the standby, and waits until they do.</summary>
    private async Task SetSynchronousAsync()
    {
        await Primary.QueryAsync($"ALTER SYSTEM SET {PostgresNode.SynchronousSetting} = '*'");
        await Primary.QueryAsync("SELECT pg_reload_conf()");
        while (await Primary.QueryAsync("SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')") is not true)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Primary.StopAsync();
        await Standby.StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

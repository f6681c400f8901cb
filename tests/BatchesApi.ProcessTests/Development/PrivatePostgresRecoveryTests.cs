using System.Diagnostics;
using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests.Development;

/// <summary>What runs, servers and machines that ended badly leave behind.</summary>
public sealed class PrivatePostgresRecoveryTests : PrivatePostgresTest
{
    [Fact]
    public async Task The_server_of_a_killed_run_is_taken_over_and_stopped_in_the_end()
    {
        PostmasterFile left;
        await using (var other = await AnotherRun.StartAsync(Folder))
        {
            left = Postmaster();
            await other.KillAsync();
        }

        Assert.True(left.IsRunning());
        await using (var postgres = await StartAsync())
        {
            Assert.Equal(left.Port, new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Port);
            Assert.Equal("", await AskAsync(postgres, "SELECT ''"));
            Assert.Contains(Log, line => line.StartsWith("Taking over", StringComparison.Ordinal));
        }

        Assert.False(left.IsRunning());
    }

    [Fact]
    public async Task A_hung_server_of_a_killed_run_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signal that stops a process.");
        PostmasterFile left;
        await using (var other = await AnotherRun.StartAsync(Folder))
        {
            left = Postmaster();
            await other.KillAsync();
        }

        await Signal("STOP", left.ProcessId);
        await using var postgres = await StartAsync();

        Assert.False(left.IsRunning());
        Assert.Equal("", await AskAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_crashed_server_recovers_with_its_data()
    {
        var durable = new PrivatePostgresOptions();
        await using (var postgres = await PrivatePostgres.StartAsync(Folder.Path, durable, Log.Add, Cancellation))
        {
            await AskAsync(postgres, "CREATE TABLE kept AS SELECT 'so it is'::text AS word");
            Postmaster().Kill();
        }

        Assert.True(File.Exists(Path.Combine(Data(), "postmaster.pid")));
        await using var again = await PrivatePostgres.StartAsync(Folder.Path, durable, Log.Add, Cancellation);

        Assert.Equal("so it is", await AskAsync(again, "SELECT word FROM kept"));
    }

    [Fact]
    public async Task The_process_id_of_a_crashed_server_may_be_anothers_by_now()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sleep on Windows.");
        await (await StartAsync()).DisposeAsync();
        using var bystander = Process.Start("sleep", "60");
        try
        {
            var text = $"{bystander.Id}\n{Data()}\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n";
            await File.WriteAllTextAsync(Path.Combine(Data(), "postmaster.pid"), text, Cancellation);
            await using var postgres = await StartAsync();

            Assert.Equal("", await AskAsync(postgres, "SELECT ''"));
            Assert.False(bystander.HasExited);
        }
        finally
        {
            bystander.Kill();
        }
    }

    [Fact]
    public async Task An_empty_process_file_as_a_loss_of_power_leaves_it_does_not_stand_in_the_way()
    {
        await (await StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Data(), "postmaster.pid"), "", Cancellation);

        await using var postgres = await StartAsync();

        Assert.Equal("", await AskAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_run_killed_while_making_its_cluster_does_not_stand_in_the_way()
    {
        await using (var other = await AnotherRun.StartMakingAsync(Folder))
        {
            Assert.True(
                SpinWait.SpinUntil(() => Directory.GetDirectories(Folder.Path, "*-*").Length > 0, TimeSpan.FromSeconds(10)),
                "No cluster was begun.");
            await other.KillAsync();
        }

        // On a busy machine the cluster may be made before the kill comes; then there is nothing in the way.
        await Task.Delay(500, Cancellation);
        await using var postgres = await StartAsync();

        Assert.Equal("", await AskAsync(postgres, "SELECT ''"));
        Assert.Empty(Directory.GetDirectories(Folder.Path, "new-*"));
    }

    private static async Task Signal(string name, int processId)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{processId}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }
}

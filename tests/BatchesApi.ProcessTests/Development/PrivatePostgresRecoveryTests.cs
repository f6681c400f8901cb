using System.Diagnostics;
using BatchesApi.DevServer;
using Npgsql;

namespace BatchesApi.ProcessTests.Development;

/// <summary>Recovery after processes, servers and machines that crashed.</summary>
public sealed class PrivatePostgresRecoveryTests : PrivatePostgresTest
{
    [Fact]
    public async Task The_server_of_a_killed_run_is_taken_over_and_later_stopped()
    {
        PostmasterFile file;
        await using (var other = await DevServerProcess.StartAsync(Folder))
        {
            file = Postmaster();
            await other.KillAsync();
        }

        Assert.True(file.IsRunning());
        await using (var postgres = await StartAsync())
        {
            Assert.Equal(file.Port, new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Port);
            Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
            Assert.Contains(Log, line => line.StartsWith("Taking over", StringComparison.Ordinal));
        }

        Assert.False(file.IsRunning());
    }

    [Fact]
    public async Task A_hung_server_of_a_killed_run_is_replaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signal that stops a process.");
        PostmasterFile file;
        await using (var other = await DevServerProcess.StartAsync(Folder))
        {
            file = Postmaster();
            await other.KillAsync();
        }

        await Signal("STOP", file.ProcessId);
        await using var postgres = await StartAsync();

        Assert.False(file.IsRunning());
        Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_crashed_server_recovers_with_its_data()
    {
        var durable = new PrivatePostgresOptions();
        await using (var postgres = await PrivatePostgres.StartAsync(Folder.Path, durable, Log.Add, Cancellation))
        {
            await QueryAsync(postgres, "CREATE TABLE kept AS SELECT 'so it is'::text AS word");
            Postmaster().Kill();
        }

        Assert.True(File.Exists(Path.Combine(Data(), "postmaster.pid")));
        await using var again = await PrivatePostgres.StartAsync(Folder.Path, durable, Log.Add, Cancellation);

        Assert.Equal("so it is", await QueryAsync(again, "SELECT word FROM kept"));
    }

    [Fact]
    public async Task A_reused_process_id_of_a_crashed_server_is_not_killed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no sleep on Windows.");
        await (await StartAsync()).DisposeAsync();
        using var bystander = Process.Start("sleep", "60");
        try
        {
            var text = $"{bystander.Id}\n{Data()}\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n";
            await File.WriteAllTextAsync(Path.Combine(Data(), "postmaster.pid"), text, Cancellation);
            await using var postgres = await StartAsync();

            Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
            Assert.False(bystander.HasExited);
        }
        finally
        {
            bystander.Kill();
        }
    }

    [Fact]
    public async Task An_empty_process_file_after_a_power_failure_does_not_prevent_a_start()
    {
        await (await StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Data(), "postmaster.pid"), "", Cancellation);

        await using var postgres = await StartAsync();

        Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
    }

    [Fact]
    public async Task A_partial_cluster_of_a_killed_run_does_not_prevent_a_start()
    {
        await using (var other = await DevServerProcess.StartUntilClusterCreationAsync(Folder))
        {
            Assert.True(
                SpinWait.SpinUntil(() => Directory.GetDirectories(Folder.Path, "*-*").Length > 0, TimeSpan.FromSeconds(10)),
                "The creation of the cluster did not begin within 10 s.");
            await other.KillAsync();
        }

        // A crash of the machine ends initdb, too, which would otherwise go on writing to the folder.
        int found;
        do
        {
            using var kill = Process.Start("pkill", ["-KILL", "-f", Folder.Path]);
            await kill.WaitForExitAsync(Cancellation);
            await Task.Delay(100, Cancellation);
            using var find = Process.Start("pgrep", ["-f", Folder.Path]);
            await find.WaitForExitAsync(Cancellation);
            found = find.ExitCode;
        }
        while (found == 0);
        await using var postgres = await StartAsync();

        Assert.Equal("", await QueryAsync(postgres, "SELECT ''"));
        Assert.Empty(Directory.GetDirectories(Folder.Path, "new-*"));
    }

    private static async Task Signal(string name, int processId)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{processId}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }
}

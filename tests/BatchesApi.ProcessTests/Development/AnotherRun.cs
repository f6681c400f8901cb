using System.Diagnostics;

namespace BatchesApi.ProcessTests.Development;

/// <summary>
/// Another process that runs the private PostgreSQL of a folder until it is killed. It is this test assembly once more, with
/// <see cref="AnotherRunBody"/> as its only test.
/// </summary>
internal sealed class AnotherRun : IDisposable
{
    private readonly Process _process;

    private AnotherRun(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();

        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Starts the process and waits until its PostgreSQL answers.</summary>
    public static Task<AnotherRun> StartAsync(TemporaryFolder folder) => StartAsync(folder, AnotherRunBody.StartedLine);

    /// <summary>Starts the process and waits until it says something.</summary>
    public static async Task<AnotherRun> StartAsync(TemporaryFolder folder, string until)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(AnotherRun).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [AnotherRunBody.FolderVariable] = folder.Path },
        };
        foreach (var argument in new[] { "-explicit", "only", "-method", $"{typeof(AnotherRunBody).FullName}.{nameof(AnotherRunBody.Run)}" })
            start.ArgumentList.Add(argument);

        var run = new AnotherRun(Process.Start(start)!);
        try
        {
            var said = new List<string>();
            while (await run._process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                said.Add(line);
                if (line.StartsWith(until, StringComparison.Ordinal))
                    return run;
            }

            said.Add(await run._process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            throw new InvalidOperationException($"The other process ended early: {string.Join('\n', said)}");
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Kills the process, which leaves its PostgreSQL alone, and reads its output to the end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5));
        await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5));
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}

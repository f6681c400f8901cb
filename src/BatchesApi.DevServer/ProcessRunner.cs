using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace BatchesApi.DevServer;

/// <summary>Runs other programs without a shell and collects what they say.</summary>
internal static class ProcessRunner
{
    /// <summary>How long to go on reading after a program has ended.</summary>
    private static readonly TimeSpan OutputGracePeriod = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs a program, looked up on PATH when it is a bare name, with its arguments until it ends. Cancelling kills the
    /// program, though not what it started: a server under way is stopped by pg_ctl, never by force.
    /// </summary>
    /// <exception cref="OperationCanceledException">When cancelled.</exception>
    public static async Task<ProcessResult> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = CreateStartInfo(words) };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new ProcessResult(127, "", exception.Message);
        }

        process.StandardInput.Close();
        var output = new StringBuilder();
        var error = new StringBuilder();
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, error));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        // On Windows a server inherits the pipes of the pg_ctl that started it, so their end may not come while it runs.
        await Task.WhenAny(reading, Task.Delay(OutputGracePeriod, CancellationToken.None));
        return new ProcessResult(process.ExitCode, Text(output), Text(error));
    }

    private static ProcessStartInfo CreateStartInfo(IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Our own folder may be closed to the account that the program runs as.
            WorkingDirectory = OperatingSystem.IsWindows() ? Path.GetTempPath() : "/",
        };

        // PGPORT, PGDATA and their like would reach into the private server.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);

        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        return start;
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        using (reader)
        {
            var buffer = new char[1024];
            int count;
            while ((count = await reader.ReadAsync(buffer)) > 0)
            {
                lock (text)
                    text.Append(buffer, 0, count);
            }
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString().Trim();
    }
}

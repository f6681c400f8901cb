using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace BatchesApi.DevServer;

/// <summary>Runs programs without a shell and collects their output.</summary>
internal static class ProcessRunner
{
    /// <summary>How long to continue reading output after a program has ended.</summary>
    private static readonly TimeSpan OutputGracePeriod = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Runs a program until it ends. A bare name is looked up on PATH. Cancelling kills the program, but not its children: a
    /// server that is starting is stopped by pg_ctl, never by force.
    /// </summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static async Task<ProcessResult> RunAsync(IReadOnlyList<string> commandLine, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = CreateStartInfo(commandLine) };
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

        // On Windows, a server inherits the pipes of the pg_ctl that started it, so they stay open while it runs.
        await Task.WhenAny(reading, Task.Delay(OutputGracePeriod, CancellationToken.None));
        return new ProcessResult(process.ExitCode, ToTrimmedString(output), ToTrimmedString(error));
    }

    private static ProcessStartInfo CreateStartInfo(IReadOnlyList<string> commandLine)
    {
        var start = new ProcessStartInfo(commandLine[0], commandLine.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The user who runs the program may not enter the current folder.
            WorkingDirectory = OperatingSystem.IsWindows() ? Path.GetTempPath() : "/",
        };

        // PGPORT, PGDATA and others would affect the private server.
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

    private static string ToTrimmedString(StringBuilder text)
    {
        lock (text)
            return text.ToString().Trim();
    }
}

/// <summary>The result of a program.</summary>
/// <param name="ExitCode">0 to 255; 127 if the program could not be started.</param>
/// <param name="Output">Its standard output, trimmed.</param>
/// <param name="Error">Its standard error, trimmed, or the reason if it could not be started.</param>
internal sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Standard output and standard error, for messages.</summary>
    public string Text => string.Join(Environment.NewLine, new[] { Output, Error }.Where(part => part.Length > 0));
}

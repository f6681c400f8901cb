using System.Diagnostics;
using System.Globalization;

namespace BatchesApi.DevServer;

/// <summary>What a running PostgreSQL writes about itself into its data folder, and leaves there when it is killed.</summary>
/// <param name="ProcessId">The process id of the server.</param>
/// <param name="Port">The port it listens on, 1 to 65535, or null while it has yet to say.</param>
/// <param name="Identity">The process id, data folder and start time, which together no two servers share.</param>
internal sealed record PostmasterFile(int ProcessId, int? Port, string Identity)
{
    private const string Name = "postmaster.pid";

    /// <summary>The file in a data folder, or null when there is none or it is being written.</summary>
    public static PostmasterFile? Read(string data)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(data, Name));
        }
        catch (IOException)
        {
            return null;
        }

        if (lines.Length < 3 || !int.TryParse(lines[0], CultureInfo.InvariantCulture, out var processId))
            return null;

        int? port = lines.Length > 3 && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var number) ? number : null;
        return new PostmasterFile(processId, port, string.Join('\n', lines.Take(3)));
    }

    /// <summary>Removes the file from a data folder whose server is known not to run.</summary>
    public static void Delete(string data) => File.Delete(Path.Combine(data, Name));

    /// <summary>Whether the server still runs. After a restart of the machine its process id may be another program's.</summary>
    public bool IsRunning()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) && !IsZombie() && IsSameServer();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Ends the server at once, as a loss of power would; it recovers at the next start.</summary>
    public void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Whether the process has ended and nobody has asked how; in containers without an init that is for ever.</summary>
    private bool IsZombie()
    {
        try
        {
            // "123 (postgres) Z 1 …"; the name may contain anything, parentheses too.
            var status = File.ReadAllText($"/proc/{ProcessId}/stat");
            return status[(status.LastIndexOf(')') + 1)..].TrimStart().StartsWith('Z');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or it ended just now, which the next look will tell.
            return false;
        }
    }

    /// <summary>Whether the process works in our data folder, where Linux tells; a PostgreSQL elsewhere gets the benefit of the doubt.</summary>
    private bool IsSameServer()
    {
        if (!OperatingSystem.IsLinux())
            return true;

        try
        {
            // A server's current folder is its data folder. The link works whatever name the folder goes by there.
            using var link = File.OpenRead($"/proc/{ProcessId}/cwd/{Name}");
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }

        return Read($"/proc/{ProcessId}/cwd")?.Identity == Identity;
    }
}

using System.Diagnostics;
using System.Globalization;

namespace BatchesApi.DevServer;

/// <summary>The file <c>postmaster.pid</c> in the data folder of a PostgreSQL that is running or was killed.</summary>
/// <param name="ProcessId">The process id of the server.</param>
/// <param name="Port">The port, 1 to 65535, or null if it is not written yet.</param>
/// <param name="Identity">The process id, data folder and start time, which together are unique.</param>
internal sealed record PostmasterFile(int ProcessId, int? Port, string Identity)
{
    private const string Name = "postmaster.pid";

    /// <summary>Returns the file in a data folder, or null if it does not exist or is being written.</summary>
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

    /// <summary>Deletes the file in a data folder without a running server.</summary>
    public static void Delete(string data) => File.Delete(Path.Combine(data, Name));

    /// <summary>Whether the server is running. After a restart of the machine, its process id may belong to another program.</summary>
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

    /// <summary>Kills the server, as a power failure would; it recovers at the next start.</summary>
    public void Kill()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The process has ended.
        }
    }

    /// <summary>Whether the process has ended but was not reaped, which never happens in a container without an init.</summary>
    private bool IsZombie()
    {
        try
        {
            // "123 (postgres) Z 1 …"; the name may contain any character, including parentheses.
            var status = File.ReadAllText($"/proc/{ProcessId}/stat");
            return status[(status.LastIndexOf(')') + 1)..].TrimStart().StartsWith('Z');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The system is not Linux, or the process has just ended, which the next check will find.
            return false;
        }
    }

    /// <summary>Whether the process runs in this data folder. Only Linux shows that; on other systems it is assumed.</summary>
    private bool IsSameServer()
    {
        if (!OperatingSystem.IsLinux())
            return true;

        try
        {
            // The working directory of a server is its data folder. The link works even if the path differs there.
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

using System.Globalization;

namespace BatchesApi.DevServer;

/// <summary>An exclusive lock on the server of a folder. The operating system releases it when the process ends, even if it is
/// killed.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _pidFile;

    private RunLock(FileStream file, string pidFile)
    {
        _file = file;
        _pidFile = pidFile;
    }

    /// <summary>Acquires the lock of an existing folder.</summary>
    /// <exception cref="PostgresUnavailableException">Another run holds it, in this process or another, or the folder is not
    /// writable.</exception>
    public static RunLock Acquire(string folder)
    {
        // The process id is in a separate file, because a locked file cannot be read on Windows.
        var pidFile = Path.Combine(folder, "run.pid");
        FileStream? file = null;
        try
        {
            file = new FileStream(Path.Combine(folder, "run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new RunLock(file, pidFile);
        }
        catch (IOException exception) when (file is null && IsHeld(exception))
        {
            throw new PostgresUnavailableException(
                $"The private PostgreSQL in {folder} is already running, for {DescribeHolder(pidFile)}. "
                + "Use that server, stop it first, or set ConnectionStrings__Batches to another PostgreSQL.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new PostgresUnavailableException($"Cannot write to the folder {folder}: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        // Delete the process id first: later it could be that of the next holder.
        File.Delete(_pidFile);
        _file.Dispose();
    }

    /// <summary>Whether the lock is held: EWOULDBLOCK on Linux (11) or macOS (35), or a sharing violation on Windows.</summary>
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string DescribeHolder(string pidFile)
    {
        try
        {
            return $"process {File.ReadAllText(pidFile)}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}

using System.Globalization;

namespace BatchesApi.DevServer;

/// <summary>
/// The sole right to run the server of one folder. It ends with the process, however that ends: the operating system drops
/// it, so a killed run leaves nothing to clean up.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _pidFile;

    private RunLock(FileStream file, string pidFile)
    {
        _file = file;
        _pidFile = pidFile;
    }

    /// <summary>Takes the lock of a folder that exists.</summary>
    /// <exception cref="PostgresUnavailableException">When another run holds it, in this process or in another, or the folder cannot be written.</exception>
    public static RunLock Acquire(string folder)
    {
        // The process id has a file of its own, because on Windows a locked file cannot be read.
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
                $"The private PostgreSQL in {folder} is running already, for {Holder(pidFile)}. "
                + "Use that server, stop it before starting another, or set ConnectionStrings__Batches to a PostgreSQL of your own.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new PostgresUnavailableException($"The folder {folder} cannot be written: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        // First the name, then the lock: the other way round would delete the next holder's name.
        File.Delete(_pidFile);
        _file.Dispose();
    }

    /// <summary>Whether opening failed for the lock alone: EWOULDBLOCK of Linux (11) or macOS (35), or Windows' sharing violation.</summary>
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string Holder(string pidFile)
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

namespace BatchesApi.DevServer;

/// <summary>The folder in which the development server keeps its data on this machine.</summary>
internal static class DataFolder
{
    private const string Name = "batches-api";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OpenToAll = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>
    /// <c>batches-api</c> in the user's local data folder (on Linux <c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>), or
    /// <c>/var/lib/batches-api</c> for root, when the account that PostgreSQL runs as may not enter the former. The folder
    /// need not exist.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">When the user has no local data folder.</exception>
    public static async Task<string> FindAsync(CancellationToken cancellationToken) =>
        await FindAsync(
            // Without DoNotVerify the answer is empty for a folder that has yet to be made.
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            await OsUser.FindAsync(cancellationToken),
            cancellationToken);

    internal static async Task<string> FindAsync(string localData, OsUser account, CancellationToken cancellationToken)
    {
        if (localData.Length == 0 && account.Name is null)
        {
            throw new PostgresUnavailableException(
                "There is no folder for the private PostgreSQL: set HOME or XDG_DATA_HOME, or set ConnectionStrings__Batches.");
        }

        if (localData.Length > 0)
        {
            var nearest = Path.GetFullPath(localData);
            while (!Directory.Exists(nearest))
                nearest = Path.GetDirectoryName(nearest)!;

            if (await account.CanEnterAsync(nearest, cancellationToken))
                return Path.Combine(Path.GetFullPath(localData), Name);
        }

        return Path.Combine("/var/lib", Name);
    }

    /// <summary>
    /// Makes a folder that the account may enter, with whatever is missing above it. Folders that exist keep their permissions.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">When the folder cannot be made, or the account may not enter it.</exception>
    public static async Task CreateAsync(string folder, OsUser account, CancellationToken cancellationToken)
    {
        try
        {
            Create(folder, account.Name is null ? OwnerOnly : OpenToAll);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException($"The folder {folder} cannot be made: {exception.Message}", exception);
        }

        if (!await account.CanEnterAsync(folder, cancellationToken))
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL has to run as the user {account.Name}, who may not enter {folder}. Choose another folder.");
        }
    }

    private static void Create(string folder, UnixFileMode mode)
    {
        if (Directory.Exists(folder))
            return;

        if (Path.GetDirectoryName(folder) is { } parent)
            Create(parent, mode);

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        // Set again, as the umask may have taken bits away.
        Directory.CreateDirectory(folder, mode);
        File.SetUnixFileMode(folder, mode);
    }
}

namespace BatchesApi.DevServer;

/// <summary>The folder in which the development server keeps its data on this machine.</summary>
internal static class DataFolder
{
    private const string Name = "batches-api";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OpenToAll = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>
    /// Returns <c>batches-api</c> in the user's local data folder (on Linux <c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>), or
    /// <c>/var/lib/batches-api</c> if this process runs as root and the user that runs PostgreSQL may not enter the former. The
    /// folder may not exist.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">The user has no local data folder.</exception>
    public static async Task<string> FindAsync(CancellationToken cancellationToken) =>
        await FindAsync(
            // Without DoNotVerify the result is empty if the folder does not exist.
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            await OsUser.FindAsync(cancellationToken),
            cancellationToken);

    internal static async Task<string> FindAsync(string localData, OsUser user, CancellationToken cancellationToken)
    {
        if (localData.Length == 0 && user.Name is null)
        {
            throw new PostgresUnavailableException(
                "No folder for the private PostgreSQL: set HOME or XDG_DATA_HOME, or set ConnectionStrings__Batches.");
        }

        if (localData.Length > 0)
        {
            var nearest = Path.GetFullPath(localData);
            while (!Directory.Exists(nearest))
                nearest = Path.GetDirectoryName(nearest)!;

            if (await user.CanEnterAsync(nearest, cancellationToken))
                return Path.Combine(Path.GetFullPath(localData), Name);
        }

        return Path.Combine("/var/lib", Name);
    }

    /// <summary>Creates a folder that the user may enter, with its parents. Existing folders keep their permissions.</summary>
    /// <exception cref="PostgresUnavailableException">The folder cannot be created, or the user may not enter it.</exception>
    public static async Task CreateAsync(string folder, OsUser user, CancellationToken cancellationToken)
    {
        try
        {
            Create(folder, user.Name is null ? OwnerOnly : OpenToAll);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException($"Cannot create the folder {folder}: {exception.Message}", exception);
        }

        if (!await user.CanEnterAsync(folder, cancellationToken))
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL must run as the user {user.Name}, who may not enter {folder}. Choose another folder.");
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

        // Set again, because of the umask.
        Directory.CreateDirectory(folder, mode);
        File.SetUnixFileMode(folder, mode);
    }
}

/// <summary>Writes files that contain a secret.</summary>
internal static class PrivateFile
{
    /// <summary>Creates or replaces a file that only its owner may read.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text.AsMemory(), cancellationToken);
    }
}

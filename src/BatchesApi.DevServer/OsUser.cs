namespace BatchesApi.DevServer;

/// <summary>
/// The operating system user that runs PostgreSQL: the current user, or another one if the current user is root, because
/// PostgreSQL refuses to run as root.
/// </summary>
internal sealed class OsUser
{
    private readonly IReadOnlyList<string> _prefix;

    private OsUser(string? name, IReadOnlyList<string> prefix)
    {
        Name = name;
        _prefix = prefix;
    }

    public static OsUser Current { get; } = new(null, []);

    /// <summary>The name of the other user, or null for the current user.</summary>
    public string? Name { get; }

    /// <summary>Returns the current user, or <c>postgres</c> or <c>nobody</c> if the current user is root.</summary>
    /// <exception cref="PostgresUnavailableException">Root cannot run programs as one of these users.</exception>
    public static async Task<OsUser> FindAsync(CancellationToken cancellationToken)
    {
        // Administrators of Windows may start PostgreSQL, which drops their rights.
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return Current;

        var entries = (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken)).Select(line => line.Split(':')).ToList();
        var entry = entries.FirstOrDefault(entry => entry[0] == "postgres") ?? entries.FirstOrDefault(entry => entry[0] == "nobody")
            ?? throw new PostgresUnavailableException(
                "PostgreSQL refuses to run as root, and neither the user 'postgres' nor the user 'nobody' exists. "
                + "Start the server as another user, or set ConnectionStrings__Batches.");

        foreach (var prefix in GetSwitchUserCommands(entry[0], entry[2], entry[3]))
        {
            var user = new OsUser(entry[0], prefix);
            if ((await user.RunAsync("true", [], cancellationToken)).Succeeded)
                return user;
        }

        throw new PostgresUnavailableException(
            $"PostgreSQL refuses to run as root, and none of setpriv, runuser, su and sudo can run it as {entry[0]}. "
            + "Start the server as another user, or set ConnectionStrings__Batches.");
    }

    /// <summary>Runs a program as this user; see <see cref="ProcessRunner.RunAsync"/>.</summary>
    public Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ProcessRunner.RunAsync([.. _prefix, program, .. arguments], cancellationToken);

    /// <summary>Whether the user may enter an existing folder.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        Name is null || (await RunAsync("test", ["-x", folder], cancellationToken)).Succeeded;

    /// <summary>Makes the user the owner of a folder and its content.</summary>
    /// <exception cref="PostgresUnavailableException">The file system refuses.</exception>
    public async Task ChangeOwnerAsync(string folder, CancellationToken cancellationToken)
    {
        if (Name is null)
            return;

        var result = await ProcessRunner.RunAsync(["chown", "-R", Name, folder], cancellationToken);
        if (!result.Succeeded)
            throw new PostgresUnavailableException($"Cannot make the user {Name} the owner of {folder}: {result.Text}");
    }

    /// <summary>Returns command prefixes in order of preference; some are missing or restricted on some systems.</summary>
    private static IEnumerable<string[]> GetSwitchUserCommands(string name, string uid, string gid)
    {
        yield return
        [
            "setpriv",
            $"--reuid={uid}",
            $"--regid={gid}",
            "--clear-groups",
        ];
        yield return ["runuser", "-u", name, "--"];

        // su passes a line to a shell. The line is constant; the arguments are parameters of the shell.
        yield return ["su", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", name];
        yield return ["sudo", "-n", "-u", name, "--"];
    }
}

namespace BatchesApi.DevServer;

/// <summary>
/// The account that PostgreSQL's programs run as: our own, except that root must become someone else, because PostgreSQL
/// refuses to run as root.
/// </summary>
internal sealed class OsUser
{
    private readonly IReadOnlyList<string> _prefix;

    private OsUser(string? name, IReadOnlyList<string> prefix)
    {
        Name = name;
        _prefix = prefix;
    }

    /// <summary>Our own account.</summary>
    public static OsUser Current { get; } = new(null, []);

    /// <summary>The other account's name, or null when it is our own.</summary>
    public string? Name { get; }

    /// <summary>Our own account, or as root <c>postgres</c> or else <c>nobody</c>.</summary>
    /// <exception cref="PostgresUnavailableException">When root has no other account to become, or no means to become it.</exception>
    public static async Task<OsUser> FindAsync(CancellationToken cancellationToken)
    {
        // Windows' administrators may go on: PostgreSQL sheds their rights itself.
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return Current;

        var users = (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken)).Select(line => line.Split(':')).ToList();
        var user = users.FirstOrDefault(user => user[0] == "postgres") ?? users.FirstOrDefault(user => user[0] == "nobody")
            ?? throw new PostgresUnavailableException(
                "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as. "
                + "Start the server as another user, or set ConnectionStrings__Batches.");

        foreach (var prefix in GetSwitchUserCommands(user[0], user[2], user[3]))
        {
            var account = new OsUser(user[0], prefix);
            if ((await account.RunAsync("true", [], cancellationToken)).Succeeded)
                return account;
        }

        throw new PostgresUnavailableException(
            $"PostgreSQL refuses to run as root, and none of setpriv, runuser, su and sudo can run it as {user[0]}. "
            + "Start the server as another user, or set ConnectionStrings__Batches.");
    }

    /// <summary>Runs a program as this account, as <see cref="ProcessRunner.RunAsync"/> does.</summary>
    public Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        ProcessRunner.RunAsync([.. _prefix, program, .. arguments], cancellationToken);

    /// <summary>Whether the account may pass through a folder that exists.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        Name is null || (await RunAsync("test", ["-x", folder], cancellationToken)).Succeeded;

    /// <summary>Gives a folder of ours, with all in it, to the account.</summary>
    /// <exception cref="PostgresUnavailableException">When the file system refuses.</exception>
    public async Task ChangeOwnerAsync(string folder, CancellationToken cancellationToken)
    {
        if (Name is null)
            return;

        var result = await ProcessRunner.RunAsync(["chown", "-R", Name, folder], cancellationToken);
        if (!result.Succeeded)
            throw new PostgresUnavailableException($"{folder} cannot be given to the user {Name}: {result.Text}");
    }

    /// <summary>Command prefixes in order of preference; each is tried, as some are missing or weaker on some systems.</summary>
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

        // su knows only how to hand a line to a shell; this line is constant and the words come to it as parameters.
        yield return ["su", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--", name];
        yield return ["sudo", "-n", "-u", name, "--"];
    }
}

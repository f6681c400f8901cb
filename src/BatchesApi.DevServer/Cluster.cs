using System.Globalization;
using System.Security.Cryptography;

namespace BatchesApi.DevServer;

/// <summary>
/// The files of a PostgreSQL cluster: a folder with the data, the password and the log, named after the major version,
/// because other versions cannot read it.
/// </summary>
/// <param name="Root">The parent folder.</param>
/// <param name="Major">The major version of PostgreSQL.</param>
internal sealed record Cluster(string Root, int Major)
{
    /// <summary>The superuser, and the only role.</summary>
    public const string User = "batches";

    private const string Prefix = "postgres-";
    private const string PasswordFile = "password";

    public string Folder => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Major}"));

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "server.log");

    public bool Exists => Directory.Exists(Folder);

    /// <summary>Returns the major versions of the clusters in a folder, highest first.</summary>
    public static IReadOnlyList<int> FindMajors(string root) =>
    [
        .. Directory.EnumerateDirectories(root, $"{Prefix}*")
            .Select(folder => Path.GetFileName(folder)[Prefix.Length..])
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0)
            .Where(major => major > 0)
            .OrderDescending(),
    ];

    /// <summary>Reads the password of the superuser.</summary>
    /// <exception cref="PostgresUnavailableException">The file cannot be read.</exception>
    public async Task<string> GetPasswordAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(Path.Combine(Folder, PasswordFile), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException(
                $"The cluster in {Folder} is incomplete ({exception.Message}). Move or delete that folder to start with a new one.",
                exception);
        }
    }

    /// <summary>
    /// Creates the cluster in a temporary folder and renames that at the end, so that a killed run leaves no incomplete cluster.
    /// Deletes the temporary folders of killed runs.
    /// </summary>
    /// <param name="binaries">The programs of PostgreSQL.</param>
    /// <param name="user">The user who runs them.</param>
    /// <param name="durable">Whether to wait until the files are on the disk.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="PostgresUnavailableException">initdb failed.</exception>
    public async Task CreateAsync(PostgresBinaries binaries, OsUser user, bool durable, CancellationToken cancellationToken)
    {
        foreach (var leftover in Directory.EnumerateDirectories(Root, "new-*"))
            TryDelete(leftover);

        var draft = Path.Combine(Root, $"new-{Guid.NewGuid():N}");
        await DataFolder.CreateAsync(draft, OsUser.Current, cancellationToken);
        try
        {
            var password = Path.Combine(draft, PasswordFile);
            await PrivateFile.WriteAsync(password, RandomNumberGenerator.GetHexString(64, lowercase: true), cancellationToken);
            await user.ChangeOwnerAsync(draft, cancellationToken);

            List<string> arguments =
            [
                "--pgdata", Path.Combine(draft, "data"), "--username", User, "--pwfile", password,
                "--auth", "scram-sha-256", "--encoding", "UTF8", .. durable ? [] : new[] { "--no-sync" },
            ];
            var result = new ProcessResult(1, "", "");
            foreach (var locale in GetLocales())
            {
                // A failed initdb removes its files.
                result = await user.RunAsync(binaries.GetPath("initdb"), [.. arguments, .. locale], cancellationToken);
                if (result.Succeeded)
                    break;
            }

            if (!result.Succeeded)
                throw new PostgresUnavailableException($"initdb could not create a cluster in {Folder}: {result.Text}");

            Directory.Move(draft, Folder);
        }
        catch
        {
            TryDelete(draft);
            throw;
        }
    }

    /// <summary>Returns locales that sort by code point: first one with all Unicode letters, then one that every system has.</summary>
    private static IEnumerable<string[]> GetLocales()
    {
        if (OperatingSystem.IsMacOS())
            yield return ["--locale=C", "--lc-ctype=UTF-8"];
        else if (!OperatingSystem.IsWindows())
            yield return ["--locale=C.UTF-8"];

        yield return ["--locale=C"];
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An initdb that outlived its run may still write there. The next run tries again.
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;

namespace BatchesApi.DevServer;

/// <summary>
/// The files of a PostgreSQL cluster: a folder with the data, the password and the log, named after the major version
/// because no other can read it.
/// </summary>
/// <param name="Root">The folder that the cluster's folder is in.</param>
/// <param name="Major">The major version of PostgreSQL.</param>
internal sealed record Cluster(string Root, int Major)
{
    /// <summary>The superuser, and the only role.</summary>
    public const string User = "batches";

    private const string Prefix = "postgres-";
    private const string PasswordName = "password";

    public string Folder => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Major}"));

    public string Data => Path.Combine(Folder, "data");

    public string Log => Path.Combine(Folder, "server.log");

    public bool Exists => Directory.Exists(Folder);

    /// <summary>The major versions that a folder has clusters of, highest first.</summary>
    public static IReadOnlyList<int> FindMajors(string root) =>
    [
        .. Directory.EnumerateDirectories(root, $"{Prefix}*")
            .Select(folder => Path.GetFileName(folder)[Prefix.Length..])
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0)
            .Where(major => major > 0)
            .OrderDescending(),
    ];

    /// <summary>The superuser's password.</summary>
    /// <exception cref="PostgresUnavailableException">When the file cannot be read.</exception>
    public async Task<string> GetPasswordAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(Path.Combine(Folder, PasswordName), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PostgresUnavailableException(
                $"The cluster in {Folder} is not whole ({exception.Message}). Move or delete that folder to begin with a new one.", exception);
        }
    }

    /// <summary>
    /// Makes the cluster. It is made elsewhere and renamed at the end, so that it is whole or not there at all, whenever the
    /// run may be killed; what killed runs left is deleted. A durable one waits until the files are on the disk.
    /// </summary>
    /// <exception cref="PostgresUnavailableException">When initdb fails.</exception>
    public async Task CreateAsync(PostgresBinaries binaries, OsUser account, bool durable, CancellationToken cancellationToken)
    {
        foreach (var leftover in Directory.EnumerateDirectories(Root, "new-*"))
            TryDelete(leftover);

        var draft = Path.Combine(Root, $"new-{Guid.NewGuid():N}");
        await DataFolder.CreateAsync(draft, OsUser.Current, cancellationToken);
        try
        {
            var password = Path.Combine(draft, PasswordName);
            await PrivateFile.WriteAsync(password, RandomNumberGenerator.GetHexString(64, lowercase: true), cancellationToken);
            await account.ChangeOwnerAsync(draft, cancellationToken);

            List<string> arguments =
            [
                "--pgdata", Path.Combine(draft, "data"), "--username", User, "--pwfile", password,
                "--auth", "scram-sha-256", "--encoding", "UTF8", .. durable ? [] : new[] { "--no-sync" },
            ];
            var result = new ProcessResult(1, "", "");
            foreach (var locale in Locales())
            {
                // A failed initdb removes what it made.
                result = await account.RunAsync(binaries.GetPath("initdb"), [.. arguments, .. locale], cancellationToken);
                if (result.Succeeded)
                    break;
            }

            if (!result.Succeeded)
                throw new PostgresUnavailableException($"initdb could not make a cluster in {Folder}: {result.Text}");

            Directory.Move(draft, Folder);
        }
        catch
        {
            TryDelete(draft);
            throw;
        }
    }

    /// <summary>Locales that sort by code point and know all letters, then one that every system has.</summary>
    private static IEnumerable<string[]> Locales()
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
            // An initdb that outlived its run may still be writing there. The next run tries again.
        }
    }
}

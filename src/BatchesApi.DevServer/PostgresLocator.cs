using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.DevServer;

/// <summary>Finds the folders where PostgreSQL is usually installed.</summary>
internal static partial class PostgresLocator
{
    /// <summary>Folders of packages with one subfolder per version: the parent, a pattern for the subfolder, and the folder in
    /// it.</summary>
    private static readonly (string Parent, string Pattern, string Programs)[] Packaged = OperatingSystem.IsWindows()
        ? [(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*", "bin")]
        :
        [
            ("/usr/lib/postgresql", "*", "bin"),
            ("/usr", "pgsql-*", "bin"),
            ("/opt/homebrew/opt", "postgresql*", "bin"),
            ("/usr/local/opt", "postgresql*", "bin"),
            ("/home/linuxbrew/.linuxbrew/opt", "postgresql*", "bin"),
            ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
        ];

    /// <summary>
    /// Returns the folders of this machine in order of preference: PATH, the folder that <c>pg_config</c> prints, and the folders
    /// of packages, newest version first. They may not exist.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FindInstalledAsync(CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var config = await ProcessRunner.RunAsync(["pg_config", "--bindir"], cancellationToken);
        IEnumerable<string> configured = config.Succeeded ? [config.Output] : [];
        var packaged = Packaged.SelectMany(package => NewestFirst(package.Parent, package.Pattern, package.Programs));
        return [.. path.Where(Path.IsPathFullyQualified), .. configured, .. packaged];
    }

    /// <summary>Returns the folders <c>parent/pattern/programs</c>, highest version in the pattern first, those without a version
    /// last.</summary>
    internal static IEnumerable<string> NewestFirst(string parent, string pattern, string programs) =>
        Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder => ParseVersion(Path.GetFileName(folder)))
                .Select(folder => Path.Combine(folder, programs))
            : [];

    /// <summary>Parses the first number in a name: 17 for <c>postgresql@17</c>, 9.6 for <c>9.6</c>, 0 for <c>postgresql</c>.</summary>
    private static decimal ParseVersion(string name) =>
        decimal.TryParse(Number().Match(name).Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;

    [GeneratedRegex(@"\d{1,9}(\.\d{1,9})?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

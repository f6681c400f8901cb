using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.DevServer;

/// <summary>The folders where PostgreSQL's programs usually are.</summary>
internal static partial class PostgresLocator
{
    /// <summary>Packagers' folders with one folder per version: the parent, a pattern for the version's folder, and what follows it.</summary>
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
    /// The folders of this machine in the order to prefer them: PATH, what <c>pg_config</c> names, the packagers' folders with
    /// the newest version first. They need not exist.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FindInstalledAsync(CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var config = await ProcessRunner.RunAsync(["pg_config", "--bindir"], cancellationToken);
        IEnumerable<string> configured = config.Succeeded ? [config.Output] : [];
        var packaged = Packaged.SelectMany(place => NewestFirst(place.Parent, place.Pattern, place.Programs));
        return [.. path.Where(Path.IsPathFullyQualified), .. configured, .. packaged];
    }

    /// <summary>The folders <c>parent/pattern/programs</c>, the highest version in the pattern's part first, and those without a version last.</summary>
    internal static IEnumerable<string> NewestFirst(string parent, string pattern, string programs) =>
        Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder => ParseVersion(Path.GetFileName(folder)))
                .Select(folder => Path.Combine(folder, programs))
            : [];

    /// <summary>The first number in a name: 17 for <c>postgresql@17</c>, 9.6 for <c>9.6</c>, 0 for <c>postgresql</c>.</summary>
    private static decimal ParseVersion(string name) =>
        decimal.TryParse(Number().Match(name).Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version) ? version : 0;

    [GeneratedRegex(@"\d{1,9}(\.\d{1,9})?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

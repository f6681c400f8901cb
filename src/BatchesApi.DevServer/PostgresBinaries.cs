using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.DevServer;

/// <summary>The programs of a PostgreSQL installation.</summary>
/// <param name="Folder">The full path of the folder with <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c>.</param>
/// <param name="Major">The major version, 15 or more.</param>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The minimum major version that the server supports.</summary>
    public const int MinMajor = 15;

    private static readonly string[] Programs = ["initdb", "postgres", "pg_ctl"];

    public string GetPath(string program) => Locate(Folder, program);

    /// <summary>Returns the folders with all programs, in a supported version, that the user may run, in the given order.</summary>
    public static async Task<IReadOnlyList<PostgresBinaries>> FindAsync(
        IEnumerable<string> folders,
        OsUser user,
        CancellationToken cancellationToken)
    {
        var found = new List<PostgresBinaries>();
        var candidates = folders
            .Where(folder => Programs.All(program => File.Exists(Locate(folder, program))))
            .Select(Resolve)
            .Distinct(StringComparer.Ordinal);

        foreach (var folder in candidates)
        {
            var version = await user.RunAsync(Locate(folder, "postgres"), ["--version"], cancellationToken);
            if (version.Succeeded && ParseMajor(version.Output) is { } major && major >= MinMajor)
                found.Add(new PostgresBinaries(folder, major));
        }

        return found;
    }

    /// <summary>Parses the output of <c>postgres --version</c>: 15 for <c>postgres (PostgreSQL) 15.13 (Debian)</c>.</summary>
    internal static int? ParseMajor(string output) =>
        Version().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    /// <summary>Resolves symbolic links, so that an installation is returned once.</summary>
    private static string Resolve(string folder)
    {
        var target = Path.GetDirectoryName(File.ResolveLinkTarget(Locate(folder, "postgres"), returnFinalTarget: true)?.FullName);
        return target is not null && Programs.All(program => File.Exists(Locate(target, program))) ? target : Path.GetFullPath(folder);
    }

    private static string Locate(string folder, string program) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? $"{program}.exe" : program);

    [GeneratedRegex(@"\(PostgreSQL\) (\d{1,4})", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}

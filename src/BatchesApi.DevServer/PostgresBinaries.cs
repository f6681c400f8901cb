using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchesApi.DevServer;

/// <summary>PostgreSQL's programs in one folder.</summary>
/// <param name="Folder">The full path of the folder with <c>initdb</c>, <c>postgres</c> and <c>pg_ctl</c>.</param>
/// <param name="Major">Their major version, 15 or more.</param>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The oldest major version that the server works with.</summary>
    public const int OldestMajor = 15;

    private static readonly string[] Programs = ["initdb", "postgres", "pg_ctl"];

    /// <summary>The full path of one of the programs.</summary>
    public string GetPath(string program) => Locate(Folder, program);

    /// <summary>The folders that hold all programs, of a version that is new enough and that the account may run, in the order given.</summary>
    public static async Task<IReadOnlyList<PostgresBinaries>> FindAsync(
        IEnumerable<string> folders,
        OsUser account,
        CancellationToken cancellationToken)
    {
        var found = new List<PostgresBinaries>();
        var candidates = folders
            .Where(folder => Programs.All(program => File.Exists(Locate(folder, program))))
            .Select(Resolve)
            .Distinct(StringComparer.Ordinal);

        foreach (var folder in candidates)
        {
            var version = await account.RunAsync(Locate(folder, "postgres"), ["--version"], cancellationToken);
            if (version.Succeeded && ParseMajor(version.Output) is { } major && major >= OldestMajor)
                found.Add(new PostgresBinaries(folder, major));
        }

        return found;
    }

    /// <summary>The major version in what <c>postgres --version</c> says, as 15 in <c>postgres (PostgreSQL) 15.13 (Debian)</c>.</summary>
    internal static int? ParseMajor(string response) =>
        Version().Match(response) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    /// <summary>The folder that a program lies in once symbolic links are followed, so that one installation counts once.</summary>
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

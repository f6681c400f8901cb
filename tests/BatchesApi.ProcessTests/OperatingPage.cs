using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace BatchesApi.ProcessTests;

/// <summary>The commands in <c>docs/operating.md</c>, which tests run as they are written.</summary>
internal static partial class OperatingPage
{
    private static readonly string Text = File.ReadAllText(Path.Combine(SourceFolder(), "..", "..", "docs", "operating.md"));

    /// <summary>The text of a section, without those below it.</summary>
    public static string Section(string heading) =>
        Sections().Matches(Text).Single(section => section.Groups["heading"].Value == heading).Groups["text"].Value;

    /// <summary>The blocks of a language in a section, without their indentation.</summary>
    public static IReadOnlyList<string> Blocks(string heading, string language = "sh") =>
    [
        .. CodeBlocks().Matches(Section(heading)).Where(block => block.Groups["language"].Value == language)
            .Select(block => Unindent(block.Groups["code"].Value, block.Groups["indent"].Value).Trim()),
    ];

    private static string Unindent(string code, string indent) => code.Replace($"\n{indent}", "\n", StringComparison.Ordinal);

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"^##+ (?<heading>[^\n]+)\n(?<text>.*?)(?=^##+ |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Sections();

    [GeneratedRegex(@"^(?<indent> *)```(?<language>\w+)\n(?<code>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();
}

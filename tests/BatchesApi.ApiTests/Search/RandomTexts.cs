using System.Globalization;

namespace BatchesApi.ApiTests.Search;

/// <summary>Texts of words that do or do not fold to each other and of white space of all kinds, the same in every run.</summary>
internal static class RandomTexts
{
    private const int Count = 400;

    private const int MaxWords = 4;

    /// <summary>The words.</summary>
    public static readonly string[] Words =
    [
        "a", "B", "ab", "AB", "abc", "e", "\u00E9", "E\u0301", "resume", "R\u00C9SUM\u00C9", "re\u0301sume\u0301", "file", "\uFB01le",
        "\uFB00", "ff", "stra\u00DFe", "STRASSE", "STRA\u1E9EE", "\u0130stanbul", "istanbul", "\u0131", "\u00BD", "1\u20442", "2", "\u00B2",
        "\u0662", "\uFF41\uFF22",
        "\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03CC\u03C2", "\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2", "\u03A3", "\u03C2",
        "\u0645\u062D\u0645\u062F", "\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F", "\u0645\u0640\u062D\u0640\u0645\u0640\u062F",
        "\u0623\u062D\u0645\u062F", "\u0627\u062D\u0645\u062F", "\u0671\u062D\u0645\u062F", "\u0625\u0622", "\u0624\u0626\u0621",
        "\u0648\u064A", "\uFEF7", "\u0644\u0623", "\uFDFA", "\uAC01", "\uAC00", "\u6F22\u5B57", "\U0001F600",
        "\u6771\u4EAC\u652F\u5E97", "\u4EAC\u90FD", "\u4EAC", "a\u4EAC", "\u4EACab", "\U00020000\u3005", "\u30AC\u30FC\u30C7\u30F3",
        "\uFF76\uFF9E\uFF70", "\u3072\u3089\u304C\u306A", "\u0E2A\u0E31\u0E0D\u0E0D\u0E32", "\u0E19\u0E49\u0E33",
        "\u0EAA\u0EB1\u0E99\u0E8D\u0EB2", "\u1780\u17B7\u1785\u17D2\u1785", "\u1005\u102C\u1001\u103B\u102F\u1015\u103A",
        "a\u00ADb", "\u0645\u06CC\u200C\u062E", "\u202Bx\u202C", "\u200B", "\uFEFF", "\U0001F469\u200D\U0001F4BB",
        "\U00010400", "\U00010428",
        "50%", "50", "a_b", "axb", "a\\b", "\\%", "%", "_", "\\", "it's", "\"q\"", "\"", "-", "-x", "x-", "--", "\u0301", "\u0640", "null",
        "a,b:c|d",
    ];

    /// <summary>Ids of leads and opportunities, some of which are also words.</summary>
    public static readonly string[] Ids =
    [
        "63a5b84c53e1218321c55001", "63a5b84c53e1218321c55002", "63A5B84C53E1218321C55003", "L-1", "l-1", "lead a", "\u00E9", "e", "AB",
        "50%", "\u0623\u062D\u0645\u062F", "\U0001F600", "\"q\"", "a\tb", "\u039F\u0394\u039F\u03A3",
    ];

    /// <summary>Separators of words: white space, and characters that only resemble it.</summary>
    private static readonly string[] Separators =
    [
        " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u2009", "\u2028", "\u0085", "\u1680", " \t", "\t ",
        "", "\u200B", "\u00B4", ",", ".",
    ];

    /// <summary>The texts.</summary>
    public static readonly string[] All = [.. Make(new Random(20_261_124))];

    /// <summary>White space that separates terms.</summary>
    public static IEnumerable<string> Spaces => Separators.Where(text => text.Length > 0 && text.All(char.IsWhiteSpace));

    private static IEnumerable<string> Make(Random random)
    {
        string Pick(string[] from) => from[random.Next(from.Length)];
        for (var i = 0; i < Count; i++)
        {
            var text = random.Next(6) == 0 ? Pick(Separators) : "";
            for (var words = random.Next(1, MaxWords + 1); words > 0; words--)
                text += Pick(Words) + (words > 1 || random.Next(6) == 0 ? Pick(Separators) : "");
            yield return random.Next(8) == 0 ? text.ToUpper(CultureInfo.InvariantCulture) : text;
        }
    }
}

namespace BatchesApi.Domain;

/// <summary>Suggests a known name for a misspelled one. A name that differs by more than a typing error may mean anything, and a wrong
/// suggestion does harm: a client that follows it gets a response to another question.</summary>
internal static class Suggestion
{
    private const int MaxLength = 64;

    /// <summary>Number of characters from which a name may have two errors.</summary>
    private const int LongName = 10;

    /// <summary>Number of characters below which a name with an error could be many others.</summary>
    private const int ShortName = 4;

    /// <summary>" Did you mean '…'?" with the nearest known name, or an empty string if none or several are near.</summary>
    public static string For(string name, IEnumerable<string> known) =>
        FindNearest(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>The nearest known name; null if none or several are near.</summary>
    public static string? FindNearest(string name, IEnumerable<string> known)
    {
        name = name.EndsWith("[]", StringComparison.Ordinal) ? name[..^2] : name;
        if (name.Length is 0 or > MaxLength || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '$'))
            return null;
        var max = name.Length >= LongName ? 2 : name.Length >= ShortName ? 1 : 0;
        var nearest = known
            .Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
            .Where(candidate => candidate.Distance <= max)
            .GroupBy(candidate => candidate.Distance, candidate => candidate.Name)
            .MinBy(group => group.Key)?.ToList();
        return nearest is [var only] && BeginsWithNo(only) == BeginsWithNo(name) ? only : null;
    }

    /// <summary>Whether the name begins with the letter of negation. <c>ncontains</c> is not a typing error of <c>contains</c>.</summary>
    private static bool BeginsWithNo(string name) => name.AsSpan().TrimStart('$') is ['n' or 'N', ..];

    /// <summary>Number of characters to insert, delete, replace or swap with the next one, ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        var distances = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }
                var replaced = distances[i - 1, j - 1] + (AreEqual(a[i - 1], b[j - 1]) ? 0 : 1);
                var best = Math.Min(replaced, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
                if (i > 1 && j > 1 && AreEqual(a[i - 1], b[j - 2]) && AreEqual(a[i - 2], b[j - 1]))
                    best = Math.Min(best, distances[i - 2, j - 2] + 1);
                distances[i, j] = best;
            }
        }
        return distances[a.Length, b.Length];
    }

    private static bool AreEqual(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}

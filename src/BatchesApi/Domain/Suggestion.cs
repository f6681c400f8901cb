namespace BatchesApi.Domain;

/// <summary>Suggests a known name for a misspelled one.</summary>
internal static class Suggestion
{
    /// <summary>More edits than this are not a typing error.</summary>
    private const int MaxDistance = 3;

    /// <summary>" Did you mean '…'?" with the nearest known name, or an empty string if none is near.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        if (name.Length > 64)
            return "";
        var nearest = known
            .Select(candidate => new { Name = candidate, Distance = Distance(name, candidate) })
            .Where(candidate => candidate.Distance <= Math.Min(MaxDistance, candidate.Name.Length / 2))
            .MinBy(candidate => candidate.Distance);
        return nearest is null ? "" : $" Did you mean '{nearest.Name}'?";
    }

    /// <summary>The Levenshtein distance, ignoring case.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}

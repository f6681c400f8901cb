namespace BatchesApi.Storage;

/// <summary>Arrays as PostgreSQL writes them in text.</summary>
internal static class PostgresArrayLiteral
{
    /// <summary>The array of texts, every item in quotes (PostgreSQL's manual, section 8.15.2).</summary>
    public static string Create(IEnumerable<string> items) => $"{{{string.Join(',', items.Select(Quote))}}}";

    private static string Quote(string item) =>
        $"\"{item.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

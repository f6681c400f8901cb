namespace BatchesApi.Storage;

/// <summary>Formats arrays as PostgreSQL array literals.</summary>
internal static class PostgresArrayLiteral
{
    /// <summary>Formats an array of texts, with every item quoted (PostgreSQL documentation, section 8.15.2).</summary>
    public static string Create(IEnumerable<string> items) => $"{{{string.Join(',', items.Select(Quote))}}}";

    private static string Quote(string item) =>
        $"\"{item.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

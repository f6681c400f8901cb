namespace BatchesApi.Storage;

/// <summary>The functions of the database that fold text for searching, by one and the same of which rows and terms are folded. Their SQL is in
/// the migration that makes them.</summary>
internal static class SearchFunctions
{
    /// <summary>Folds a text as <c>q</c> compares it (specification, section 3): NFKD, marks and tatweel removed, lower case, final sigma and alef wasla
    /// as the plain letters. A space is put before each word, that is at the start and after each white space, so that <c>LIKE</c> can
    /// tell where one begins.</summary>
    public static string? Fold(string? text) => throw OnlyInDatabase(text);

    /// <summary>The pattern for <c>LIKE</c> that finds a term in folded text, where it is short only at the beginning of a word.</summary>
    /// <param name="term">The term, as the client wrote it.</param>
    /// <param name="atStart">Whether the text must start with it.</param>
    public static string Pattern(string term, bool atStart) => throw OnlyInDatabase($"{term}{atStart}");

    private static InvalidOperationException OnlyInDatabase(string? text) => new($"'{text}' can be folded in a query only.");
}

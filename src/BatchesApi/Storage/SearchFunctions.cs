namespace BatchesApi.Storage;

/// <summary>The database functions that fold text for searching. Rows and terms are folded by the same function. Their SQL is in the
/// migration that creates them.</summary>
internal static class SearchFunctions
{
    /// <summary>Folds a text as <c>q</c> compares it (specification, section 3): NFKD, marks and tatweel removed, lower case, final sigma
    /// and alef wasla as the plain letters. A space is inserted before each word, that is at the start and after each white space, so that
    /// <c>LIKE</c> can find the start of a word.</summary>
    public static string? Fold(string? text) => throw OnlyInDatabase(text);

    /// <summary>The pattern for <c>LIKE</c> that finds a term in folded text; a short term is only found at the start of a word.</summary>
    /// <param name="term">The term as the client sent it.</param>
    /// <param name="atStart">Whether the text must start with it.</param>
    public static string Pattern(string term, bool atStart) => throw OnlyInDatabase($"{term}{atStart}");

    /// <summary>The 1-based position of a text in another, or 0.</summary>
    public static int Position(string? text, string? part) => throw OnlyInDatabase($"{part}{text}");

    private static InvalidOperationException OnlyInDatabase(string? text) => new($"'{text}' can only be folded in a query.");
}

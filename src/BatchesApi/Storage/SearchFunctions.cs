namespace BatchesApi.Storage;

/// <summary>The database functions that fold text for searching. Rows and terms are folded by the same function. Their SQL is
/// <see cref="Migrations.SearchSql"/>.</summary>
internal static class SearchFunctions
{
    /// <summary>Folds a text as <c>q</c> compares it (specification, section 3.8): NFKD, marks, tatweel and invisible characters removed,
    /// lower case, final sigma and alef wasla as the plain letters. A space is inserted before each word, so that <c>LIKE</c> can find the
    /// start of a word: at the start, after each white space, and before each character of a script without spaces.</summary>
    public static string? Fold(string? text) => throw OnlyInDatabase(text);

    /// <summary>The part of folded text that a term finds. A term of one or two characters is only found where a word begins; a term
    /// without characters after folding is never found.</summary>
    /// <param name="term">The term as the client sent it.</param>
    public static string Substring(string term) => throw OnlyInDatabase(term);

    /// <summary>The pattern for <c>LIKE</c> that finds <see cref="Substring"/>, which the trigram index serves.</summary>
    /// <param name="term">The term as the client sent it.</param>
    public static string Pattern(string term) => throw OnlyInDatabase(term);

    /// <summary>The 1-based position of a text in another, or 0.</summary>
    public static int Position(string? text, string? part) => throw OnlyInDatabase($"{part}{text}");

    private static InvalidOperationException OnlyInDatabase(string? text) => new($"'{text}' can only be folded in a query.");
}

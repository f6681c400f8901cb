namespace BatchesApi.Domain;

/// <summary>The text that PostgreSQL can store: well-formed Unicode without U+0000.</summary>
internal static class PostgresText
{
    /// <summary>The error for other text.</summary>
    public const string Unstorable = "must not contain U+0000 or an unpaired surrogate.";

    public static bool IsStorable(string text) => !text.Contains('\0') && Utf16.IsWellFormed(text);
}

namespace BatchesApi.ApiTests.Search;

/// <summary>A term of <c>q</c>.</summary>
/// <param name="Text">The text to find.</param>
/// <param name="Excluded">Whether the text must not occur.</param>
internal sealed record SearchTerm(string Text, bool Excluded);

namespace BatchesApi.ApiTests.Search;

/// <summary>A term of <c>q</c>.</summary>
/// <param name="Text">What it looks for.</param>
/// <param name="Excluded">Whether that must not occur.</param>
internal sealed record SearchTerm(string Text, bool Excluded);

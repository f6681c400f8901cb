namespace BatchesApi.ApiTests.Filters;

/// <summary>A query parameter before it is encoded.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
internal sealed record SentParameter(string Name, string Value);

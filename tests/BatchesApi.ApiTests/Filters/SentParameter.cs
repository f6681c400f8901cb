namespace BatchesApi.ApiTests.Filters;

/// <summary>A parameter of a query as it is sent, but for its encoding.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
internal sealed record SentParameter(string Name, string Value);

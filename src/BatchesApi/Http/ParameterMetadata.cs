namespace BatchesApi.Http;

/// <summary>The parameters that an operation takes in its query, and in headers of its own.</summary>
/// <param name="All">The parameters, in the order in which they are documented.</param>
internal sealed record ParameterMetadata(params IReadOnlyList<ApiParameter> All)
{
    /// <summary>Those in headers.</summary>
    public IReadOnlyList<ApiParameter> Headers { get; init; } = [];

    /// <summary>The names of those in the query.</summary>
    public IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];
}

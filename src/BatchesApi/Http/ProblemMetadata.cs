namespace BatchesApi.Http;

/// <summary>How an operation can fail.</summary>
/// <param name="Codes">The problems that it can answer with.</param>
internal sealed record ProblemMetadata(params ProblemCode[] Codes);

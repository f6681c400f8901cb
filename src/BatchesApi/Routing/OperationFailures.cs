using BatchesApi.Responses;

namespace BatchesApi.Routing;

/// <summary>How an operation can fail.</summary>
/// <param name="Codes">The problems that it can answer with.</param>
internal sealed record OperationFailures(params ProblemCode[] Codes);

using BatchesApi.Requests;

namespace BatchesApi.Batches;

/// <summary>The body of a create, read and checked.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Inputs">The batches to create.</param>
/// <param name="IsArray">Whether it is an array, if only of one.</param>
internal sealed record CreateBody(ReadOnlyMemory<byte> Bytes, IReadOnlyList<BatchInput> Inputs, bool IsArray);

namespace BatchesApi.Domain;

/// <summary>The response to a write, in a form that can be replayed.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON body.</param>
/// <param name="Location">The path of the header <c>Location</c>, or null. Each response prepends the origin that its request used.</param>
/// <param name="EntityTag">The header <c>ETag</c>, or null.</param>
internal sealed record StoredResponse(int Status, ReadOnlyMemory<byte> Body, string? Location = null, string? EntityTag = null);

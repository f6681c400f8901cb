namespace BatchesApi.Domain;

/// <summary>An answer to a write, ready to be sent, now and again.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, JSON.</param>
/// <param name="Location">The path of the header <c>Location</c>, to which each response adds the address that its request used; null for none.</param>
/// <param name="EntityTag">The header <c>ETag</c>; null for none.</param>
internal sealed record StoredResponse(int Status, ReadOnlyMemory<byte> Body, string? Location = null, string? EntityTag = null);

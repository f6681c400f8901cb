using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>The header <c>Batch-Lease</c>: the token of the lease under which a write is done (specification, section 8.5).</summary>
internal static class BatchLeaseHeader
{
    public const string Name = "Batch-Lease";

    /// <summary>Reads the hash of the token; null if there is no header. Any text is a token, although of no lease.</summary>
    public static Result<byte[]?> Read(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(Name, out var lines))
            return default;
        return lines is [{ Length: > 0 } token]
            ? LeaseToken.Hash(token)
            : Problem.InvalidHeader(Name, $"{(lines.Count > 1 ? "is given more than once" : "is empty")}. Send the token of the lease.");
    }
}

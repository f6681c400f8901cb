using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>The header <c>Batch-Lease</c>: the token of the lease under which a write is done (specification, section 8.5).</summary>
internal static class BatchLeaseHeader
{
    public const string Name = "Batch-Lease";

    /// <summary>The problem of a request with the header that does not write one existing batch; null without the header.</summary>
    public static Problem? FindUse(IHeaderDictionary headers) => headers.ContainsKey(Name)
        ? Problem.InvalidHeader(Name, "is only for writes of one existing batch, by its id. Nothing was changed.")
        : null;

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

using BatchesApi.Domain;

namespace BatchesApi.Storage.Writes;

/// <summary>An idempotency key that a write claims (specification, section 2).</summary>
/// <param name="CredentialId">The credential that sent it.</param>
/// <param name="Key">The key.</param>
/// <param name="RequestHash">The SHA-256 of the request's method, path and body.</param>
/// <param name="CreateResponse">Makes the answer to a write that was done.</param>
internal sealed record IdempotencyClaim(string CredentialId, string Key, byte[] RequestHash, Func<IReadOnlyList<Batch>, StoredResponse> CreateResponse)
{
    /// <summary>How long a request waits for another one with the same key.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);
}

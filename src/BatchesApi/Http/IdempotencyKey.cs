using System.Security.Cryptography;
using System.Text;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header), by which a client can repeat a request and have it done once.</summary>
/// <param name="Value">The key as the client wrote it.</param>
/// <param name="RequestHash">The SHA-256 of the request's method, path and body.</param>
internal sealed record IdempotencyKey(string Value, byte[] RequestHash)
{
    /// <summary>The name of the header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Reads the header.</summary>
    /// <param name="request">The request.</param>
    /// <param name="body">The bytes of its body.</param>
    /// <param name="key">The key; null where there is none.</param>
    /// <returns>Whether it is well-formed, or not there.</returns>
    public static bool TryRead(HttpRequest request, ReadOnlySpan<byte> body, out IdempotencyKey? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(Header, out var lines))
            return true;
        if (lines is not [{ Length: > 0 and <= IdempotencyRecord.MaxKeyLength } value] || value.Any(character => character is < ' ' or > '~'))
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}\n"));
        hash.AppendData(body);
        key = new IdempotencyKey(value, hash.GetHashAndReset());
        return true;
    }
}

using System.Security.Cryptography;
using System.Text;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>The header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header), with which a retried request runs only
/// once.</summary>
/// <param name="Value">The key.</param>
/// <param name="RequestHash">The SHA-256 of the method, path and body of the request.</param>
internal sealed record IdempotencyKey(string Value, byte[] RequestHash)
{
    public const string Header = "Idempotency-Key";

    private static readonly Problem Invalid = Problem.InvalidHeader(
        Header, $"must be given once, as 1 to {IdempotencyRecord.MaxKeyLength} printable ASCII characters.");

    /// <summary>Reads the header; null if there is no header.</summary>
    public static Result<IdempotencyKey?> Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!request.Headers.TryGetValue(Header, out var lines))
            return default;
        if (lines is not [{ Length: > 0 and <= IdempotencyRecord.MaxKeyLength } value] || value.Any(c => c is < ' ' or > '~'))
            return Invalid;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}\n"));
        hash.AppendData(body);
        return new IdempotencyKey(value, hash.GetHashAndReset());
    }
}

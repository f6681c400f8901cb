using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.EfTuned;

/// <summary>The one token that the peer accepts.</summary>
internal sealed class BearerToken(string token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether an Authorization header has the token.</summary>
    public bool Matches(string? header)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..]), digest);
        return CryptographicOperations.FixedTimeEquals(digest, _digest);
    }
}

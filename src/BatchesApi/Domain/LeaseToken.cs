using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Domain;

/// <summary>The secret that proves a lease. Only its hash is stored with the lease.</summary>
internal static class LeaseToken
{
    /// <summary>192 random bits: 32 characters.</summary>
    private const int Bytes = 24;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

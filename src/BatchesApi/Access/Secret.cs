using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Access;

/// <summary>The text of an API key: <c>icr_</c> and, in base64url (RFC 4648, section 5), 256 random bits and a checksum of 32, so that a
/// typing error is known without a look-up and a scanner knows a leaked key by its looks.</summary>
internal static class Secret
{
    private const string Prefix = "icr_";
    private const int RandomBytes = 32;
    private const int ChecksumBytes = 4;

    /// <summary>Characters of a secret that may be shown, to recognise it by.</summary>
    private const int ShownLength = 12;

    /// <summary>A new secret.</summary>
    public static string Create()
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + ChecksumBytes];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        Checksum(bytes[..RandomBytes], bytes[RandomBytes..]);
        return Prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Whether the text has the form of a secret and its checksum is right.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + ChecksumBytes];
        if (text.Length != Prefix.Length + Base64Url.GetEncodedLength(bytes.Length)
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(text[Prefix.Length..])
            || !Base64Url.TryDecodeFromChars(text[Prefix.Length..], bytes, out var length)
            || length != bytes.Length)
        {
            return false;
        }
        Span<byte> checksum = stackalloc byte[ChecksumBytes];
        Checksum(bytes[..RandomBytes], checksum);
        return checksum.SequenceEqual(bytes[RandomBytes..]);
    }

    /// <summary>What is kept of a secret: its SHA-256, 32 bytes. With 256 random bits in it, it needs no salt and no slow hash.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    /// <summary>The part of a secret that may be shown.</summary>
    public static string Shown(string secret) => secret[..ShownLength];

    private static void Checksum(ReadOnlySpan<byte> random, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(random, hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }
}

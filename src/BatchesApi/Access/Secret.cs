using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Access;

/// <summary>The secret of a credential: a prefix, then 256 random bits and a 32-bit checksum in base64url (RFC 4648, section 5). The
/// checksum reveals typing errors without a look-up, and the prefix lets scanners find leaked secrets.</summary>
internal static class Secret
{
    public const string KeyPrefix = "icr_";

    public const string TokenPrefix = "icrt_";

    private const int RandomBytes = 32;
    private const int ChecksumBytes = 4;

    private static readonly int EncodedLength = Base64Url.GetEncodedLength(RandomBytes + ChecksumBytes);

    /// <summary>Number of characters that may be displayed to identify a secret.</summary>
    private const int DisplayPrefixLength = 12;

    public static string Create(string prefix)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + ChecksumBytes];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        WriteChecksum(bytes[..RandomBytes], bytes[RandomBytes..]);
        return prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Whether the text has the length of a secret.</summary>
    public static bool HasLength(string text) =>
        text.Length == KeyPrefix.Length + EncodedLength || text.Length == TokenPrefix.Length + EncodedLength;

    /// <summary>Whether the text has the format of a secret and the right checksum.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        var prefix = text.StartsWith(TokenPrefix, StringComparison.Ordinal) ? TokenPrefix : KeyPrefix;
        Span<byte> bytes = stackalloc byte[RandomBytes + ChecksumBytes];
        if (text.Length != prefix.Length + EncodedLength
            || !text.StartsWith(prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(text[prefix.Length..])
            || !Base64Url.TryDecodeFromChars(text[prefix.Length..], bytes, out var length)
            || length != bytes.Length)
        {
            return false;
        }
        Span<byte> checksum = stackalloc byte[ChecksumBytes];
        WriteChecksum(bytes[..RandomBytes], checksum);
        return checksum.SequenceEqual(bytes[RandomBytes..]);
    }

    /// <summary>The stored form of a secret: its SHA-256, 32 bytes. With 256 random bits it needs neither a salt nor a slow hash.</summary>
    public static byte[] Hash(string secret)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(secret, hash);
        return hash;
    }

    /// <inheritdoc cref="Hash(string)"/>
    /// <param name="secret">A string with the length of a secret.</param>
    /// <param name="hash">Receives the 32 bytes.</param>
    public static void Hash(string secret, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[secret.Length];
        Encoding.ASCII.GetBytes(secret, bytes);
        SHA256.HashData(bytes, hash);
    }

    /// <summary>The first characters of a secret, which may be displayed.</summary>
    public static string DisplayPrefix(string secret) => secret[..DisplayPrefixLength];

    private static void WriteChecksum(ReadOnlySpan<byte> random, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(random, hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }
}

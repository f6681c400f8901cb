using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Access;

/// <summary>The text of a credential: a prefix and, in base64url (RFC 4648, section 5), 256 random bits and a checksum of 32, so that a typing error
/// is known without a look-up and a scanner knows a leaked one by its looks.</summary>
internal static class Secret
{
    /// <summary>How API keys begin.</summary>
    public const string KeyPrefix = "icr_";

    /// <summary>How access tokens begin.</summary>
    public const string TokenPrefix = "icrt_";

    private const int RandomBytes = 32;
    private const int ChecksumBytes = 4;

    private static readonly int EncodedLength = Base64Url.GetEncodedLength(RandomBytes + ChecksumBytes);

    /// <summary>Characters of a secret that may be shown, to recognise it by.</summary>
    private const int DisplayPrefixLength = 12;

    /// <summary>A new secret.</summary>
    /// <param name="prefix">How it begins.</param>
    public static string Create(string prefix)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes + ChecksumBytes];
        RandomNumberGenerator.Fill(bytes[..RandomBytes]);
        Checksum(bytes[..RandomBytes], bytes[RandomBytes..]);
        return prefix + Base64Url.EncodeToString(bytes);
    }

    /// <summary>Whether the text is as long as a secret.</summary>
    public static bool HasLength(string text) => text.Length == KeyPrefix.Length + EncodedLength || text.Length == TokenPrefix.Length + EncodedLength;

    /// <summary>Whether the text has the form of a secret and its checksum is right.</summary>
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
        Checksum(bytes[..RandomBytes], checksum);
        return checksum.SequenceEqual(bytes[RandomBytes..]);
    }

    /// <summary>What is kept of a secret: its SHA-256, 32 bytes. With 256 random bits in it, it needs no salt and no slow hash.</summary>
    public static byte[] Hash(string secret)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(secret, hash);
        return hash;
    }

    /// <inheritdoc cref="Hash(string)"/>
    /// <param name="secret">A text as long as a secret.</param>
    /// <param name="hash">Gets the 32 bytes.</param>
    public static void Hash(string secret, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[secret.Length];
        Encoding.ASCII.GetBytes(secret, bytes);
        SHA256.HashData(bytes, hash);
    }

    /// <summary>The part of a secret that may be shown.</summary>
    public static string DisplayPrefix(string secret) => secret[..DisplayPrefixLength];

    private static void Checksum(ReadOnlySpan<byte> random, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(random, hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Lists;

/// <summary>Encodes bytes as an opaque URL-safe text with a digest of the bytes and of their owner, such as a list. The digest detects
/// damage and use with another owner. It has no secret, because the text contains only values that the client has seen.</summary>
internal static class CursorEncoding
{
    private const int DigestBytes = 12;

    /// <param name="owner">A text that identifies the owner.</param>
    /// <param name="bytes">One byte or more.</param>
    public static string Write(string owner, ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString([.. Digest(owner, bytes), .. bytes]);

    /// <summary>Whether the text may be encoded bytes of any owner.</summary>
    public static bool IsWellFormed(string text) => Base64Url.IsValid(text, out var length) && length > DigestBytes;

    /// <summary>The bytes of a text, or null if it is malformed or has another owner. The caller must validate the bytes, which may be
    /// forged.</summary>
    public static byte[]? Read(string owner, string text)
    {
        if (!IsWellFormed(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text)[DigestBytes..];

        // The decoder ignores white space and padding, which an encoded text does not contain.
        return Write(owner, bytes) == text ? bytes : null;
    }

    private static ReadOnlySpan<byte> Digest(string owner, ReadOnlySpan<byte> bytes) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(owner), .. bytes]).AsSpan(0, DigestBytes);
}

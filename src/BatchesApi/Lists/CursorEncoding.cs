using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Lists;

/// <summary>Bytes as an opaque text, for a client to send back, with a digest of them and of what they belong to. It holds nothing that its reader has not seen,
/// so that the digest need not be a secret's: it tells a text that belongs to something else, or a damaged one.</summary>
internal static class CursorEncoding
{
    private const int DigestBytes = 12;

    /// <summary>Seals bytes.</summary>
    /// <param name="owner">What they belong to.</param>
    /// <param name="bytes">The bytes, of which there is one at least.</param>
    public static string Write(string owner, ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString([.. Digest(owner, bytes), .. bytes]);

    /// <summary>Whether a text may be sealed bytes, whatever they belong to.</summary>
    public static bool IsWellFormed(string text) => Base64Url.IsValid(text, out var length) && length > DigestBytes;

    /// <summary>The bytes of a text; null where it is not sealed, or belongs to something else. Whoever works out the digest may make up anything.</summary>
    public static byte[]? Read(string owner, string text)
    {
        if (!IsWellFormed(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text)[DigestBytes..];

        // The decoder skips white space and padding, of which a sealed text has none.
        return Write(owner, bytes) == text ? bytes : null;
    }

    private static ReadOnlySpan<byte> Digest(string owner, ReadOnlySpan<byte> bytes) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(owner), .. bytes]).AsSpan(0, DigestBytes);
}

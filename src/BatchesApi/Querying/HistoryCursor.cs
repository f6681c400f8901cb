using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BatchesApi.Querying;

/// <summary>The opaque text from which the history of a batch goes on: a version, and a digest of it with the account and the batch, which tells a cursor of
/// another history, or a damaged one.</summary>
internal static class HistoryCursor
{
    private const int DigestBytes = 12;

    /// <summary>The cursor behind a version.</summary>
    public static string Write(int accountId, string id, int version)
    {
        Span<byte> bytes = stackalloc byte[DigestBytes + sizeof(int)];
        Digest(accountId, id, version).CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[DigestBytes..], version);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The version that a cursor stands behind; null where it is none of that history.</summary>
    public static int? Read(string text, int accountId, string id)
    {
        if (!Base64Url.IsValid(text))
            return null;
        ReadOnlySpan<byte> bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length != DigestBytes + sizeof(int))
            return null;
        var version = BinaryPrimitives.ReadInt32BigEndian(bytes[DigestBytes..]);
        return Write(accountId, id, version) == text ? version : null;
    }

    private static ReadOnlySpan<byte> Digest(int accountId, string id, int version) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"history of {id} in {accountId} behind {version}")).AsSpan(0, DigestBytes);
}

using System.Buffers.Binary;

namespace BatchesApi.Lists;

/// <summary>The opaque position in the history of a batch: a version, with a digest of it, the account and the batch.</summary>
internal static class HistoryCursor
{
    /// <summary>The cursor after a version.</summary>
    public static string Write(int accountId, string id, int version)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, version);
        return CursorEncoding.Write(GetOwner(accountId, id), bytes);
    }

    /// <summary>The version of a cursor, or null if the text is not a cursor of this history.</summary>
    public static int? Read(string text, int accountId, string id) =>
        CursorEncoding.Read(GetOwner(accountId, id), text) is { Length: sizeof(int) } bytes
            ? BinaryPrimitives.ReadInt32BigEndian(bytes)
            : null;

    private static string GetOwner(int accountId, string id) => $"history of {id} in {accountId} behind ";
}

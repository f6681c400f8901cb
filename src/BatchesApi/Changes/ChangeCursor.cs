using System.Buffers.Binary;
using System.Text;
using BatchesApi.Access;
using BatchesApi.Domain;
using BatchesApi.Lists;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Changes;

/// <summary>The opaque position in the feed or in the history of an account, with a digest of it and the account.</summary>
internal static class ChangeCursor
{
    /// <summary>The number of bytes before the id of a batch.</summary>
    private const int HeaderLength = 1 + (3 * sizeof(long)) + sizeof(int);

    private const byte Changes = 0;
    private const byte Snapshot = 1;

    /// <summary>The cursor in the feed.</summary>
    public static string Write(int accountId, FeedPosition position) => Write(GetFeedOwner(accountId), position);

    /// <summary>The cursor in the history.</summary>
    public static string Write(int accountId, ChangePosition before) =>
        Write(GetHistoryOwner(accountId), new FeedPosition(before, null, DateTime.UnixEpoch));

    /// <summary>The position of a cursor, or null if the text is not a cursor of the account's feed.</summary>
    public static FeedPosition? Read(int accountId, string text) => Read(GetFeedOwner(accountId), text);

    /// <summary>The place of a cursor, or null if the text is not a cursor of the account's history.</summary>
    public static ChangePosition? ReadHistory(int accountId, string text) => Read(GetHistoryOwner(accountId), text)?.After;

    /// <summary>The cursor in the history of keys and users.</summary>
    public static string Write(int accountId, AccessPosition before)
    {
        var bytes = new byte[sizeof(long) + before.Id.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, before.At.Ticks);
        Encoding.ASCII.GetBytes(before.Id, bytes.AsSpan(sizeof(long)));
        return CursorEncoding.Write(GetAccessOwner(accountId), bytes);
    }

    /// <summary>The place of a cursor, or null if the text is not a cursor of the history of the account's keys and users.</summary>
    public static AccessPosition? ReadAccess(int accountId, string text) =>
        CursorEncoding.Read(GetAccessOwner(accountId), text) is { Length: > sizeof(long) } bytes
        && ReadTime(bytes) is { } at
        && Encoding.ASCII.GetString(bytes.AsSpan(sizeof(long))) is var id && ObjectIdGenerator.IsValid(id)
            ? new AccessPosition(at, id)
            : null;

    private static string Write(string owner, FeedPosition position)
    {
        var (after, snapshotId, readAt) = position;
        var id = Encoding.UTF8.GetBytes(snapshotId ?? after.BatchId);
        var bytes = new byte[HeaderLength + id.Length];
        bytes[0] = snapshotId is null ? Changes : Snapshot;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), readAt.Ticks);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(9), after.Position);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(17), after.At.Ticks);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(25), after.Version);
        id.CopyTo(bytes, HeaderLength);
        return CursorEncoding.Write(owner, bytes);
    }

    private static FeedPosition? Read(string owner, string text)
    {
        // The digest has no secret, so the values may be forged.
        if (CursorEncoding.Read(owner, text) is not { Length: >= HeaderLength } bytes
            || bytes[0] is not (Changes or Snapshot)
            || ReadTime(bytes.AsSpan(1)) is not { } readAt
            || ReadTime(bytes.AsSpan(17)) is not { } at)
        {
            return null;
        }
        var id = Encoding.ASCII.GetString(bytes.AsSpan(HeaderLength));
        if (id.Length > 0 && !ObjectIdGenerator.IsValid(id))
            return null;
        var position = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(9));
        var version = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(25));
        return bytes[0] == Changes
            ? new FeedPosition(new ChangePosition(position, at, id, version), null, readAt)
            : new FeedPosition(ChangePosition.Before(position), id, readAt);
    }

    private static DateTime? ReadTime(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadInt64BigEndian(bytes) is >= 0 and var ticks && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc).ToMicroseconds()
            : null;

    private static string GetFeedOwner(int accountId) => $"changes of {accountId} after ";

    private static string GetAccessOwner(int accountId) => $"access history of {accountId} before ";

    private static string GetHistoryOwner(int accountId) => $"history of {accountId} before ";
}

using BatchesApi.Changes;
using BatchesApi.Lists;
using BatchesApi.Storage.Changes;

namespace BatchesApi.Tests.Changes;

public sealed class ChangeCursorTests
{
    private const string Id = "63a5b84c53e1218321c55572";

    private static readonly DateTime ReadAt = new(2026, 12, 1, 9, 30, 15, 123, 456, DateTimeKind.Utc);

    public static TheoryData<string, long> Positions => new() { { "", 0 }, { Id, 1 }, { Id, long.MaxValue }, { "", 1L << 44 } };

    [Theory]
    [MemberData(nameof(Positions))]
    public void A_position_survives(string batchId, long position)
    {
        var after = new FeedPosition(new ChangePosition(position, ReadAt.AddDays(-1), batchId, 7), null, ReadAt);
        Assert.Equal(after, ChangeCursor.Read(1, ChangeCursor.Write(1, after)));
        var snapshot = new FeedPosition(ChangePosition.Before(position), batchId, ReadAt);
        Assert.Equal(snapshot, ChangeCursor.Read(1, ChangeCursor.Write(1, snapshot)));
    }

    [Fact]
    public void A_cursor_of_another_account_or_a_damaged_one_is_rejected()
    {
        var cursor = ChangeCursor.Write(1, new FeedPosition(ChangePosition.Before(5), null, ReadAt));
        Assert.Null(ChangeCursor.Read(2, cursor));
        Assert.Null(ChangeCursor.Read(1, cursor[..^1]));
        Assert.Null(ChangeCursor.Read(1, cursor + "A"));
        Assert.Null(ChangeCursor.Read(1, ""));
        Assert.Null(ChangeCursor.Read(1, "start"));
    }

    /// <summary>The digest has no secret, so a client can forge the bytes.</summary>
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 0x80)]
    [InlineData(1, 0x7F)]
    [InlineData(17, 0xFF)]
    [InlineData(29, 'x')]
    [InlineData(29, 0)]
    public void Forged_values_are_rejected(int index, byte value)
    {
        var position = new FeedPosition(new ChangePosition(5, ReadAt, Id, 7), null, ReadAt);
        var bytes = CursorEncoding.Read("changes of 1 after ", ChangeCursor.Write(1, position))!;
        bytes[index] = value;
        Assert.Null(ChangeCursor.Read(1, CursorEncoding.Write("changes of 1 after ", bytes)));
        Assert.Null(ChangeCursor.Read(1, CursorEncoding.Write("changes of 1 after ", bytes.AsSpan(0, 20))));
    }
}

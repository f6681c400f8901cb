using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class BodyBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task A_body_up_to_the_limit_is_read_to_its_end(int length)
    {
        var body = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var read = await ReadAsync(body, contentLength: null, max: 10_000);

        Assert.Equal(body, Assert.NotNull(read).ToArray());
    }

    [Fact]
    public async Task A_body_that_says_that_it_is_larger_is_not_read()
    {
        using var stream = new MemoryStream(new byte[11]);
        var request = RequestOf(stream, contentLength: 11);

        Assert.Null(await BodyBuffer.ReadAsync(request, max: 10, maxInArray: 10, TestContext.Current.CancellationToken));
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task A_body_that_turns_out_to_be_larger_is_not_read_to_its_end()
    {
        using var stream = new MemoryStream(new byte[1 << 20]);
        var request = RequestOf(stream, contentLength: null);

        Assert.Null(await BodyBuffer.ReadAsync(request, max: 10, maxInArray: 10, TestContext.Current.CancellationToken));
        Assert.True(stream.Position < stream.Length);
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(byte[] body, long? contentLength, int max)
    {
        using var stream = new MemoryStream(body);
        return await BodyBuffer.ReadAsync(RequestOf(stream, contentLength), max, max, TestContext.Current.CancellationToken);
    }

    private static HttpRequest RequestOf(Stream body, long? contentLength) =>
        new DefaultHttpContext { Request = { Body = body, ContentLength = contentLength } }.Request;
}

using BatchesApi.Http;
using Microsoft.AspNetCore.Http;

namespace BatchesApi.Tests.Http;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10_000)]
    public async Task A_body_up_to_the_limit_is_read_to_its_end(int length)
    {
        var body = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        using var stream = new MemoryStream(body);

        var read = await RequestBody.ReadBytesAsync(CreateRequest(stream), maxBytes: 10_000);

        Assert.Equal(body, read.Value.ToArray());
    }

    [Fact]
    public async Task A_body_whose_content_length_is_above_the_limit_is_not_read()
    {
        using var stream = new MemoryStream(new byte[11]);

        var read = await RequestBody.ReadBytesAsync(CreateRequest(stream, contentLength: 11), maxBytes: 10);

        Assert.Equal(ProblemCode.BodyTooLarge, read.Problem?.Code);
        Assert.Equal("The body is larger than 10 bytes.", read.Problem?.Detail);
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task A_body_of_unknown_length_above_the_limit_is_not_read_to_its_end()
    {
        using var stream = new MemoryStream(new byte[1 << 20]);

        var read = await RequestBody.ReadBytesAsync(CreateRequest(stream), maxBytes: 10);

        Assert.Equal(ProblemCode.BodyTooLarge, read.Problem?.Code);
        Assert.True(stream.Position < stream.Length);
    }

    [Theory]
    [InlineData("[1,2,3,4,5]", null)]
    [InlineData("\uFEFF \n[1,2]", null)]
    [InlineData(" \n\uFEFF\t[1,2]", null)]
    [InlineData("[1,2,3,4,5,6,7,8,9,10]", "The body is larger than 4 bytes, or 20 bytes for an array.")]
    [InlineData("""{"a":1}""", "The body is larger than 4 bytes, or 20 bytes for an array.")]
    public async Task An_array_has_its_own_limit(string body, string? detail)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body));

        var read = await RequestBody.ReadAsync(CreateRequest(stream), maxBytes: 4, maxArrayBytes: 20);

        Assert.Equal(detail, read.Problem?.Detail);
    }

    [Theory]
    [InlineData(
        "application/pdf",
        null,
        "Content-Type 'application/pdf' is not supported. Send application/json, application/*+json or "
        + "application/x-www-form-urlencoded, in UTF-8.")]
    [InlineData(
        "application/json", "gzip", "Content-Encoding 'gzip' is not supported. Send the body uncompressed, without Content-Encoding.")]
    [InlineData(
        "application/json",
        "identity, br",
        "Content-Encoding 'identity, br' is not supported. Send the body uncompressed, without Content-Encoding.")]
    [InlineData("application/json", "identity", null)]
    [InlineData("application/json", "IDENTITY", null)]
    [InlineData("application/json", "identity, Identity", null)]
    [InlineData("application/json", "", null)]
    [InlineData("application/json", " , ", null)]
    [InlineData("application/x-www-form-urlencoded", null, null)]
    public async Task Unsupported_media_types_and_encodings_are_rejected(string mediaType, string? encoding, string? detail)
    {
        using var stream = new MemoryStream("a"u8.ToArray());
        var request = CreateRequest(stream);
        request.ContentType = mediaType;
        if (encoding is not null)
            request.Headers.ContentEncoding = encoding;

        var read = await RequestBody.ReadAsync(request, maxBytes: 10);

        Assert.Equal(detail, read.Problem?.Detail);
    }

    private static HttpRequest CreateRequest(Stream body, long? contentLength = null) =>
        new DefaultHttpContext { Request = { Body = body, ContentLength = contentLength } }.Request;
}

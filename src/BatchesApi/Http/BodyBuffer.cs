using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace BatchesApi.Http;

/// <summary>Gathers the bytes of a body.</summary>
internal static class BodyBuffer
{
    /// <summary>Reads a body to its end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="max">Most bytes of it.</param>
    /// <param name="maxInArray">Most bytes where it is a JSON array.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Its bytes; null where there are more.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int max, int maxInArray, CancellationToken cancellation)
    {
        if (request.ContentLength > Math.Max(max, maxInArray))
            return null;
        while (true)
        {
            var read = await ReadAsync(request, cancellation);
            if (read.Buffer.Length > (IsArray(read.Buffer) ? maxInArray : max))
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Text in UTF-8 without the mark that may stand before it.</summary>
    public static ReadOnlyMemory<byte> TrimByteOrderMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;

    /// <summary>Whether bytes begin as a JSON array does.</summary>
    public static bool IsArray(ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        reader.IsNext(Encoding.UTF8.Preamble, advancePast: true);
        reader.AdvancePastAny(" \t\r\n"u8);
        return reader.IsNext((byte)'[');
    }

    private static async ValueTask<ReadResult> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await request.BodyReader.ReadAsync(cancellation);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // Kestrel does not take every fault of the client for one, such as a chunk of more bytes than there are numbers.
            throw new BadHttpRequestException("The body ends early or its chunks are malformed.", exception);
        }
    }
}

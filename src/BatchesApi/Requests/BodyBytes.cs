using System.Buffers;
using System.IO.Pipelines;

namespace BatchesApi.Requests;

/// <summary>Gathers the bytes of a body.</summary>
internal static class BodyBytes
{
    /// <summary>Reads a body to its end.</summary>
    /// <returns>Its bytes; null where there are more than <paramref name="most"/>.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int most, CancellationToken cancellation)
    {
        if (request.ContentLength > most)
            return null;
        while (true)
        {
            var read = await ReadAsync(request, cancellation);
            if (read.Buffer.Length > most)
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

    private static async ValueTask<ReadResult> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await request.BodyReader.ReadAsync(cancellation);
        }
        catch (IOException fault) when (fault is not BadHttpRequestException)
        {
            // Kestrel does not take every fault of the client for one, such as a chunk of more bytes than there are numbers.
            throw new BadHttpRequestException("The body ends early or its chunks are malformed.", fault);
        }
    }
}

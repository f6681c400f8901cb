using System.IO.Pipelines;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Lists;

/// <summary>A page of a list as JSON, in pooled memory. Its records are written as they are read, so that a page takes little more memory than its JSON, and
/// its bytes can be counted.</summary>
internal sealed class PageBuffer : IDisposable
{
    /// <summary>Number of records up to which a page is short.</summary>
    private const int ShortPage = 100;

    /// <summary>Most short pages fit into one segment.</summary>
    private const int SegmentBytes = 16 * 1024;

    /// <summary>The writer of JSON asks for three times what a text may take, and leaves the end of a segment that has less. A large segment loses little by that.</summary>
    private const int LargeSegmentBytes = 128 * 1024;

    /// <summary>Bytes to send at a time.</summary>
    private const int SendBytes = 64 * 1024;

    private readonly Pipe _pipe;
    private readonly FieldSet _keep;
    private readonly int _limit;
    private readonly long _maxBytes;

    /// <summary>Begins a page.</summary>
    /// <param name="keep">The fields to write of each record.</param>
    /// <param name="limit">Maximum number of records.</param>
    /// <param name="maxBytes">Maximum size of the page in bytes.</param>
    public PageBuffer(FieldSet keep, int limit, long maxBytes)
    {
        (_keep, _limit, _maxBytes) = (keep, limit, maxBytes);
        _pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: 0,
            resumeWriterThreshold: 0,
            minimumSegmentSize: limit > ShortPage ? LargeSegmentBytes : SegmentBytes,
            useSynchronizationContext: false));
        Json = new Utf8JsonWriter(_pipe.Writer, BatchJson.WriterOptions);
        Json.WriteStartObject();
        Json.WriteStartArray("data");
    }

    /// <summary>Writes the page. The records are in the array that is open.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Number of records on the page.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a record came that is beyond the page.</summary>
    public bool HasMore { get; private set; }

    /// <summary>The last record of the page; null if it is empty.</summary>
    public Batch? Last { get; private set; }

    /// <summary>Adds a record. Records beyond the limit are only noticed.</summary>
    /// <exception cref="PageTooLargeException">The page has more bytes than it may have. A single record is never too large.</exception>
    public void Add(Batch batch)
    {
        if (Count == _limit)
        {
            HasMore = true;
            return;
        }
        BatchJson.Write(Json, batch, _keep);
        Json.Flush();
        if (Count > 0 && Json.BytesCommitted > _maxBytes)
            throw new PageTooLargeException(_maxBytes, Count);
        (Count, Last) = (Count + 1, batch);
    }

    /// <summary>Sends the page and returns its memory to the pool as it is sent.</summary>
    /// <param name="output">Receives the bytes.</param>
    /// <param name="onLength">Receives their number before the first is sent.</param>
    /// <param name="cancellation">Ends the sending.</param>
    public async Task SendAsync(PipeWriter output, Action<long> onLength, CancellationToken cancellation)
    {
        await Json.FlushAsync(cancellation);
        onLength(Json.BytesCommitted);
        await _pipe.Writer.CompleteAsync();
        while (_pipe.Reader.TryRead(out var read) && !read.Buffer.IsEmpty)
        {
            var segment = read.Buffer.First[..Math.Min(read.Buffer.First.Length, SendBytes)];
            await output.WriteAsync(segment, cancellation);
            _pipe.Reader.AdvanceTo(read.Buffer.GetPosition(segment.Length));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Json.Dispose();
        _pipe.Writer.Complete();
        _pipe.Reader.Complete();
    }
}

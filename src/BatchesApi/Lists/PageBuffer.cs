using System.IO.Pipelines;
using System.Text.Json;
using BatchesApi.Domain;

namespace BatchesApi.Lists;

/// <summary>A page of a list as JSON or CSV, in pooled memory. Records are written as they are read, so that a page takes little more
/// memory than its text and its size is known before it is sent.</summary>
internal sealed class PageBuffer : IDisposable
{
    /// <summary>Number of records up to which a page is short.</summary>
    private const int ShortPage = 100;

    /// <summary>Enough for most short pages.</summary>
    private const int SegmentBytes = 16 * 1024;

    /// <summary>Utf8JsonWriter requests three times the size of a text and abandons the rest of a segment that has less. Large segments
    /// waste little.</summary>
    private const int LargeSegmentBytes = 128 * 1024;

    /// <summary>Bytes to send at a time.</summary>
    private const int SendBytes = 64 * 1024;

    private readonly Pipe _pipe;
    private readonly FieldSet _keep;
    private readonly int _limit;
    private readonly long _maxBytes;
    private readonly CsvWriter? _csv;
    private readonly IReadOnlyList<Field> _columns = [];

    /// <param name="plan">The list.</param>
    /// <param name="maxBytes">Maximum size of the page in bytes.</param>
    public PageBuffer(ListPlan plan, long maxBytes)
    {
        (_keep, _limit, _maxBytes) = (plan.Keep, plan.Limit, maxBytes);
        _pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: 0,
            resumeWriterThreshold: 0,
            minimumSegmentSize: _limit > ShortPage ? LargeSegmentBytes : SegmentBytes,
            useSynchronizationContext: false));
        if (plan.Csv is { } form)
        {
            _csv = new CsvWriter(_pipe.Writer, form);
            _columns = BatchCsv.GetColumns(_keep, plan.Deleted);
            BatchCsv.WriteHeader(_csv, _columns);
            return;
        }
        Json = new Utf8JsonWriter(_pipe.Writer, BatchJson.WriterOptions);
        Json.WriteStartObject();
        Json.WriteStartArray("data");
    }

    /// <summary>The writer of a page of JSON, inside the array of records; null for CSV.</summary>
    public Utf8JsonWriter? Json { get; }

    private long BytesWritten => Json?.BytesCommitted ?? _csv!.BytesWritten;

    /// <summary>Number of records on the page.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there are records after the page.</summary>
    public bool HasMore { get; private set; }

    /// <summary>The last record of the page; null if it is empty.</summary>
    public Batch? Last { get; private set; }

    /// <summary>Adds a record. A record beyond the limit only sets <see cref="HasMore"/>.</summary>
    /// <exception cref="PageTooLargeException">The page has more bytes than it may have. A single record is never too large.</exception>
    public void Add(Batch batch)
    {
        if (Count == _limit)
        {
            HasMore = true;
            return;
        }
        if (Json is not null)
        {
            BatchJson.Write(Json, batch, _keep);
            Json.Flush();
        }
        else
        {
            BatchCsv.Write(_csv!, batch, _columns);
        }
        if (Count > 0 && BytesWritten > _maxBytes)
            throw new PageTooLargeException(_maxBytes, Count);
        (Count, Last) = (Count + 1, batch);
    }

    /// <summary>Sends the page and returns its memory to the pool as it is sent.</summary>
    /// <param name="output">Receives the bytes.</param>
    /// <param name="onLength">Receives the length before the first byte is sent.</param>
    /// <param name="cancellation">Cancels the sending.</param>
    public async Task SendAsync(PipeWriter output, Action<long> onLength, CancellationToken cancellation)
    {
        if (Json is not null)
            await Json.FlushAsync(cancellation);
        onLength(BytesWritten);
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
        Json?.Dispose();
        _pipe.Writer.Complete();
        _pipe.Reader.Complete();
    }
}

/// <summary>The page has more bytes than it may have.</summary>
/// <param name="maxBytes">Maximum size of a page in bytes.</param>
/// <param name="fitting">Number of its records that fit.</param>
internal sealed class PageTooLargeException(long maxBytes, int fitting) : Exception($"The page is larger than {maxBytes} bytes.")
{
    /// <summary>Maximum size of a page in bytes.</summary>
    public long MaxBytes { get; } = maxBytes;

    /// <summary>Number of the page's records that fit.</summary>
    public int Fitting { get; } = fitting;
}

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace BatchesApi.Cli.ImportExport;

/// <summary>Reads a stream line by line, as bytes, in constant memory.</summary>
internal static class NdjsonReader
{
    /// <summary>Maximum line length in bytes, more than the largest batch needs.</summary>
    public const int MaxLineBytes = 4 << 20;

    /// <summary>Reads the lines that are not blank, with their 1-based numbers. A byte order mark at the start of a line is skipped: it is
    /// not only at the start of a file, if the file was put together from several.</summary>
    /// <exception cref="InvalidDataException">A line is too long.</exception>
    public static async IAsyncEnumerable<(long Number, ReadOnlyMemory<byte> Line)> ReadAsync(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 256 * 1024));
        for (var number = 1L; ;)
        {
            var read = await reader.ReadAsync(cancellation);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = GetBytes(rest.Slice(0, end), number);
                rest = rest.Slice(rest.GetPosition(1, end));
                if (!IsBlank(line))
                    yield return (number, line);
                number++;
            }
            if (read.IsCompleted)
            {
                if (GetBytes(rest, number) is var last && !IsBlank(last))
                    yield return (number, last);
                yield break;
            }
            ThrowIfLonger(rest.Length, number);
            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static byte[] GetBytes(ReadOnlySequence<byte> line, long number)
    {
        ThrowIfLonger(line.Length, number);
        var reader = new SequenceReader<byte>(line);
        while (reader.IsNext(Encoding.UTF8.Preamble, advancePast: true))
            continue;
        return reader.UnreadSequence.ToArray();
    }

    private static void ThrowIfLonger(long length, long number)
    {
        if (length > MaxLineBytes)
        {
            throw new InvalidDataException(
                $"Line {number} is longer than {MaxLineBytes >> 20} MiB. An import file contains one batch per line.");
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}

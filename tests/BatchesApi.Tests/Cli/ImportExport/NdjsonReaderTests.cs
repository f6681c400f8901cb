using System.Text;
using BatchesApi.Cli.ImportExport;

namespace BatchesApi.Tests.Cli.ImportExport;

public sealed class NdjsonReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData(" \t\r\n\r\n ")]
    [InlineData("a", "1:a")]
    [InlineData("a\n", "1:a")]
    [InlineData("a\nb", "1:a", "2:b")]
    [InlineData("\n\na\n\n b\n\n", "3:a", "5: b")]
    [InlineData("a\r\n\r\nb\r\n", "1:a\r", "3:b\r")]
    [InlineData("a\rb\n\u2028é\n", "1:a\rb", "2:\u2028é")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\n \r\n")]
    [InlineData("\uFEFFa\nb\uFEFF", "1:a", "2:b\uFEFF")]
    [InlineData("\uFEFF\r\na\n\uFEFFb", "2:a", "3:b")]
    public async Task Lines_that_are_not_blank_are_returned_with_their_numbers(string text, params string[] expected)
    {
        Assert.Equal(expected, await ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text))));

        // Regardless of the size of each read.
        Assert.Equal(expected, await ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text), max: 1)));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(4_096)]
    [InlineData(1_000_000)]
    public async Task Lines_may_be_longer_than_a_read(int max)
    {
        var lines = new[] { 0, 1, 300_000, 2, 600_000, 255 * 1024, 256 * 1024, 3 }
            .Select((length, i) => new string((char)('a' + i), length))
            .ToList();

        var read = await ReadAsync(new Trickle(Encoding.UTF8.GetBytes(string.Join('\n', lines)), max));

        Assert.Equal(lines.Index().Where(line => line.Item.Length > 0).Select(line => $"{line.Index + 1}:{line.Item}"), read);
    }

    [Fact]
    public async Task A_file_without_line_ends_is_rejected_and_not_read_to_its_end()
    {
        var endless = new Trickle(null, max: 100_000);

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(endless));

        Assert.Equal("Line 1 is longer than 4 MiB. An import file contains one batch per line.", error.Message);
        Assert.InRange(endless.BytesRead, NdjsonReader.MaxLineBytes, NdjsonReader.MaxLineBytes + (1 << 20));
    }

    [Fact]
    public async Task The_error_of_a_long_line_contains_its_number()
    {
        var text = "a\n\nb\n" + new string('x', NdjsonReader.MaxLineBytes + 1) + "\nc";

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(new Trickle(Encoding.UTF8.GetBytes(text), max: 65_536)));

        Assert.StartsWith("Line 4 is longer", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadAsync(Stream stream)
    {
        var lines = new List<string>();
        await foreach (var (number, line) in NdjsonReader.ReadAsync(stream, TestContext.Current.CancellationToken))
            lines.Add($"{number}:{Encoding.UTF8.GetString(line.Span)}");
        return lines;
    }

    /// <summary>Returns a few bytes per read; endless blanks if <paramref name="bytes"/> is null.</summary>
    private sealed class Trickle(byte[]? bytes, int max) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => BytesRead; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var length = Math.Min(buffer.Length, max);
            if (bytes is null)
            {
                buffer.Span[..length].Fill((byte)' ');
            }
            else
            {
                length = Math.Min(length, bytes.Length - (int)BytesRead);
                bytes.AsSpan((int)BytesRead, length).CopyTo(buffer.Span);
            }
            BytesRead += length;
            return ValueTask.FromResult(length);
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

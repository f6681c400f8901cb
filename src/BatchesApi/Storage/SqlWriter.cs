using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;

namespace BatchesApi.Storage;

/// <summary>Writes the text of a statement and numbers its values. One per thread is used again and again, and texts are kept, so that a
/// statement that was run before allocates neither.</summary>
internal sealed class SqlWriter : IDisposable
{
    /// <summary>Maximum number of characters of texts that are kept.</summary>
    private const int MaxKeptChars = 2_000_000;

    /// <summary>Maximum capacity in characters of a writer that is used again: one long filter must not hold its memory forever.</summary>
    private const int MaxCapacity = 32 * 1024;

    private static readonly ConcurrentDictionary<string, string> Kept = new(StringComparer.Ordinal);

    private static int _keptChars;

    [ThreadStatic]
    private static SqlWriter? _free;

    private readonly ArrayBufferWriter<char> _text = new(4_096);
    private readonly List<SqlValue> _values = [];

    private SqlWriter()
    {
    }

    /// <summary>The values, of which the first is <c>$1</c>.</summary>
    public IReadOnlyList<SqlValue> Values => _values;

    /// <summary>Takes this thread's writer; it is returned by disposing it.</summary>
    public static SqlWriter Rent()
    {
        var writer = _free ?? new SqlWriter();
        _free = null;
        return writer;
    }

    public void Write(string text) => _text.Write(text);

    /// <summary>Writes the number of a value.</summary>
    public void Write(SqlValue value)
    {
        var index = _values.IndexOf(value);
        if (index < 0)
        {
            index = _values.Count;
            _values.Add(value);
        }
        var digits = _text.GetSpan(12);
        digits[0] = '$';
        (index + 1).TryFormat(digits[1..], out var length, provider: CultureInfo.InvariantCulture);
        _text.Advance(1 + length);
    }

    public string GetText()
    {
        var kept = Kept.GetAlternateLookup<ReadOnlySpan<char>>();
        if (kept.TryGetValue(_text.WrittenSpan, out var text))
            return text;
        text = _text.WrittenSpan.ToString();
        if (Interlocked.Add(ref _keptChars, text.Length) > MaxKeptChars)
        {
            Kept.Clear();
            Volatile.Write(ref _keptChars, text.Length);
        }
        return Kept.GetOrAdd(text, text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_text.Capacity > MaxCapacity)
            return;
        _text.ResetWrittenCount();
        _values.Clear();
        _free = this;
    }
}

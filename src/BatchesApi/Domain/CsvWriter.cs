using System.Buffers;
using System.Text;

namespace BatchesApi.Domain;

/// <summary>The forms of CSV (specification, section 4.5).</summary>
internal enum CsvForm
{
    Plain,

    /// <summary>For spreadsheet programs: with a byte order mark, and without formulas.</summary>
    Spreadsheet,
}

/// <summary>Writes CSV (RFC 4180): cells that are separated by commas, in rows that end with CRLF. As in PostgreSQL's COPY, no value is an
/// empty cell, and an empty text is an empty cell in quotes.</summary>
/// <param name="output">Receives the bytes.</param>
/// <param name="form">The form.</param>
internal sealed class CsvWriter(IBufferWriter<byte> output, CsvForm form)
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    private bool _isInRow;

    public long BytesWritten { get; private set; }

    /// <summary>Writes a row of names.</summary>
    public void WriteHeader(IEnumerable<string> names)
    {
        if (BytesWritten == 0 && form == CsvForm.Spreadsheet)
            Write(Encoding.UTF8.Preamble);
        foreach (var name in names)
            WriteCell(name);
        EndRow();
    }

    /// <summary>Writes a cell; null stands for no value.</summary>
    public void WriteCell(string? text)
    {
        if (_isInRow)
            Write(","u8);
        _isInRow = true;
        if (text is null)
            return;
        text = SpreadsheetText.Protect(text, form);
        if (text.Length > 0 && !text.AsSpan().ContainsAny(Special))
        {
            Write(text);
            return;
        }
        Write("\""u8);
        Write(text.Replace("\"", "\"\"", StringComparison.Ordinal));
        Write("\""u8);
    }

    public void EndRow()
    {
        Write("\r\n"u8);
        _isInRow = false;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        BytesWritten += bytes.Length;
    }

    private void Write(string text) => BytesWritten += Encoding.UTF8.GetBytes(text, output);
}

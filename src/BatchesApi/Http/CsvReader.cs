using System.Globalization;
using System.Text;
using BatchesApi.Domain;
using nietras.SeparatedValues;

namespace BatchesApi.Http;

/// <summary>A record of CSV.</summary>
/// <param name="Line">The 1-based line on which it begins. A cell in quotes may continue on further lines.</param>
/// <param name="Cells">The texts of the cells; null for an empty cell that is not in quotes. Meaningless if there is an error.</param>
/// <param name="Error">What is wrong with the record, or null.</param>
internal sealed record CsvRecord(int Line, IReadOnlyList<string?> Cells, string? Error = null);

/// <summary>Reads CSV (RFC 4180), and accepts any line breaks. The library splits records and cells without looking at what quotes contain,
/// and leaves the quotes, which distinguish an empty text from no value.</summary>
internal static class CsvReader
{
    /// <summary>Maximum number of cells of a record. A batch has fewer fields.</summary>
    private const int MaxCells = 100;

    private const string MisplacedQuote =
        "has a cell with a misplaced quote. Put the whole cell in quotes, and double each quote in it: \"5\"\" disk\".";

    private const string UnclosedQuote = "has a cell whose quote is not closed. Close it, and double each quote within a cell in quotes.";

    /// <summary>Reads the records; blank lines are skipped.</summary>
    /// <exception cref="InvalidDataException">A record is longer than 16 MiB, or the text cannot be decoded.</exception>
    public static IEnumerable<CsvRecord> Read(TextReader text)
    {
        var next = 1;
        using var reader = Read(
            () => new Sep(',').Reader(options => options with { HasHeader = false, DisableColCountCheck = true }).From(text), next);
        Func<bool> moveNext = reader.MoveNext;
        while (Read(moveNext, next))
        {
            // The library counts the first record as if a header were before it.
            var record = ReadRecord(reader.Current, next);
            next = reader.Current.LineNumberToExcl;
            if (record is not null)
                yield return record;
        }
    }

    /// <summary>Reads further text.</summary>
    /// <param name="read">Reads it.</param>
    /// <param name="line">The line of the next record.</param>
    private static T Read<T>(Func<T> read, int line)
    {
        try
        {
            return read();
        }
        catch (NotSupportedException exception)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"The record on line {line} is too long. Is its last quote closed?"),
                exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"The file is not valid UTF-8, on line {line} or after it."), exception);
        }
    }

    private static CsvRecord? ReadRecord(SepReader.Row row, int line)
    {
        if (row.Span.IsWhiteSpace())
            return null;
        if (row.ColCount > MaxCells)
            return new CsvRecord(line, [], string.Create(CultureInfo.InvariantCulture, $"has more than {MaxCells} cells."));
        var cells = new string?[row.ColCount];
        for (var i = 0; i < cells.Length; i++)
        {
            var raw = row[i].Span;
            if (raw is ['"', ..])
            {
                var end = FindClosingQuote(raw);
                if (end != raw.Length - 1)
                    return new CsvRecord(line, [], end < 0 ? UnclosedQuote : MisplacedQuote);
                cells[i] = SpreadsheetText.Unprotect(raw[1..end].ToString().Replace("\"\"", "\"", StringComparison.Ordinal));
            }
            else if (raw.Contains('"'))
            {
                return new CsvRecord(line, [], MisplacedQuote);
            }
            else if (!raw.IsEmpty)
            {
                cells[i] = SpreadsheetText.Unprotect(raw.ToString());
            }
        }
        return new CsvRecord(line, cells);
    }

    /// <summary>The index of the quote that closes a cell in quotes, or -1.</summary>
    private static int FindClosingQuote(ReadOnlySpan<char> cell)
    {
        for (var i = 1; i < cell.Length; i++)
        {
            if (cell[i] != '"')
                continue;
            if (i + 1 == cell.Length || cell[i + 1] != '"')
                return i;
            i++;
        }
        return -1;
    }
}

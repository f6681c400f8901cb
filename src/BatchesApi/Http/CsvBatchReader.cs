using System.Globalization;
using System.Text;
using System.Text.Unicode;
using BatchesApi.Domain;

namespace BatchesApi.Http;

/// <summary>A batch that was read from CSV.</summary>
/// <param name="Line">The 1-based line on which its record begins.</param>
/// <param name="Patch">The batch. Meaningless if there are errors.</param>
/// <param name="Errors">The errors, by the names of columns, or by <see cref="WholeRecord"/>.</param>
internal sealed record CsvBatch(int Line, BatchPatch Patch, ValidationErrors Errors)
{
    /// <summary>The name for errors of the record as a whole.</summary>
    public const string WholeRecord = "";

    /// <summary>Whether this is the header, which has errors. No batches follow.</summary>
    public bool IsHeader { get; init; }
}

/// <summary>Reads batches from CSV, whose first record has the names of their fields (specification, section 4.5).</summary>
internal sealed class CsvBatchReader(FieldLookup fields)
{
    private const string HowToSeparate =
        "Separate columns by ','. In a spreadsheet program, save the file as CSV UTF-8 with commas as separators.";

    /// <summary>Reads batches one by one.</summary>
    /// <exception cref="InvalidDataException">A record is longer than 16 MiB.</exception>
    public IEnumerable<CsvBatch> Read(TextReader text)
    {
        IReadOnlyList<Column>? columns = null;
        foreach (var record in CsvReader.Read(text))
        {
            var errors = new ValidationErrors();
            if (columns is not null)
            {
                yield return new CsvBatch(record.Line, ReadBatch(record, columns, errors), errors);
                continue;
            }
            columns = ReadHeader(record, errors);
            if (!errors.HasErrors)
                continue;
            yield return new CsvBatch(record.Line, BatchPatch.Empty, errors) { IsHeader = true };
            yield break;
        }
    }

    /// <summary>Reads the body of a request.</summary>
    /// <param name="text">The text.</param>
    /// <param name="validate">Validates a batch.</param>
    /// <param name="errors">Receives the errors, with names such as <c>[line 7].rating</c>. Once it is full, the other records are not
    /// read.</param>
    public Result<BatchPatch[]> ReadArray(ReadOnlyMemory<byte> text, Action<BatchPatch, ValidationErrors> validate, ValidationErrors errors)
    {
        if (!Utf8.IsValid(text.Span))
            return Malformed(MalformedJson.DescribeEncoding(text.Span));
        if (text.Trim(" \t\r\n"u8).Span is [(byte)'[' or (byte)'{', ..])
            return Malformed("The body is JSON, but is labeled as text/csv. Send it with 'Content-Type: application/json'.");
        var patches = new List<BatchPatch>();
        foreach (var batch in Read(new StringReader(Encoding.UTF8.GetString(text.Span))))
        {
            if (patches.Count == BatchBodyReader.MaxItems)
                return Malformed(DescribeLength(hasMore: true));
            if (errors.IsFull)
                break;
            var name = string.Create(CultureInfo.InvariantCulture, $"[line {batch.Line}]");
            var patch = batch.Patch with { ItemName = name };
            if (!batch.Errors.Has(CsvBatch.WholeRecord))
                validate(patch, batch.Errors);
            errors.AddNested(name, batch.Errors);
            if (!batch.IsHeader)
                patches.Add(patch);
        }
        return patches.Count == 0 && !errors.HasErrors ? Malformed(DescribeLength(hasMore: false)) : patches.ToArray();
    }

    private List<Column> ReadHeader(CsvRecord header, ValidationErrors errors)
    {
        void Add(string error) => errors.Add(CsvBatch.WholeRecord, error);
        if (header.Error is not null)
        {
            Add(header.Error);
        }
        else if (header.Cells is [{ } only] && only.AsSpan().IndexOfAny(";\t") is >= 0 and var index)
        {
            Add($"must separate columns by ',', but separates them by {(only[index] == ';' ? "';'" : "tabs")}. {HowToSeparate}");
        }
        if (errors.HasErrors)
            return [];

        var columns = new List<Column>();
        foreach (var (i, name) in header.Cells.Index())
        {
            var unknown = new ValidationErrors();
            var field = string.IsNullOrEmpty(name) ? null : fields.Find(name, unknown);
            if (string.IsNullOrEmpty(name) && fields.Strict)
                Add(string.Create(CultureInfo.InvariantCulture, $"column {i + 1} has no name. Name it, or remove it."));
            foreach (var message in unknown.SelectMany(error => error.Value))
                Add($"'{Utf16.Shorten(name!, 100)}' {message}");
            if (!string.IsNullOrEmpty(name) && columns.Exists(column => column.Name == name))
                Add($"'{Utf16.Shorten(name, 100)}' must not be a column more than once.");
            columns.Add(new Column(name ?? "", field));
        }
        return columns;
    }

    private static BatchPatch ReadBatch(CsvRecord record, IReadOnlyList<Column> columns, ValidationErrors errors)
    {
        var values = new Batch();
        var passed = new FieldSet();
        var error = record.Error ?? (record.Cells.Count == columns.Count ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"must have {columns.Count} cells, as the header has, but has {record.Cells.Count}. Put cells that contain ',' in quotes."));
        if (error is not null)
        {
            errors.Add(CsvBatch.WholeRecord, error);
            return BatchPatch.Empty;
        }
        foreach (var (cell, (name, field)) in record.Cells.Zip(columns))
        {
            // An empty cell clears a field that may have no value, and otherwise is as if the column were absent.
            if (field is null || (cell is null && field.Origin != FieldOrigin.Optional))
                continue;
            passed = passed.With(field);
            field.Set(values, cell is null ? null : new FieldValueParser(field, name, errors).ParseCell(cell));
        }
        return new BatchPatch(values, passed);
    }

    private static string DescribeLength(bool hasMore) => string.Create(
        CultureInfo.InvariantCulture,
        $"The CSV must have a header and 1 to {BatchBodyReader.MaxItems:N0} batches, but has {(hasMore ? "more" : "no batch")}.");

    private static Problem Malformed(string detail) => new(ProblemCode.MalformedBody, detail);

    /// <param name="Name">The name in the header.</param>
    /// <param name="Field">The field, or null if the column is ignored.</param>
    private sealed record Column(string Name, Field? Field);
}

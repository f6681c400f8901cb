using System.Globalization;
using System.Text.Json;

namespace BatchesApi.Domain;

/// <summary>Batches as rows of CSV, with the fields of the catalogue as columns (specification, section 4.5).</summary>
internal static class BatchCsv
{
    public const string MediaType = "text/csv";

    /// <summary>Separates the ids of a list.</summary>
    public const char IdSeparator = '|';

    /// <summary>Begins an array in a cell.</summary>
    public const char ArrayStart = '[';

    /// <summary>Begins what looks like an object in a cell.</summary>
    private const char ObjectStart = '{';

    private static readonly JsonSerializerOptions ArrayOptions = new() { Encoder = BatchJson.WriterOptions.Encoder };

    /// <summary>The columns for the kept fields; <c>deletedAt</c> only for deleted batches.</summary>
    public static IReadOnlyList<Field> GetColumns(FieldSet keep, bool deleted) =>
        [.. BatchFields.All.Where(field => keep.Contains(field) && (deleted || field.Origin != FieldOrigin.Deletion))];

    public static void WriteHeader(CsvWriter csv, IReadOnlyList<Field> columns) => csv.WriteHeader(columns.Select(field => field.Name));

    public static void Write(CsvWriter csv, Batch batch, IReadOnlyList<Field> columns)
    {
        foreach (var column in columns)
            csv.WriteCell(Format(column.Get(batch)));
        csv.EndRow();
    }

    /// <summary>The text of a value; null for no value and for an empty list.</summary>
    public static string? Format(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        DateTime instant => Rfc3339.Format(instant),
        string[] ids => FormatIds(ids),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    private static string? FormatIds(string[] ids)
    {
        if (ids.Length == 0)
            return null;
        var joined = string.Join(IdSeparator, ids);
        var isAmbiguous = Array.Exists(ids, id => id.Contains(IdSeparator, StringComparison.Ordinal))
            || joined.AsSpan().TrimStart() is [ArrayStart or ObjectStart, ..];
        return isAmbiguous ? JsonSerializer.Serialize(ids, ArrayOptions) : joined;
    }
}

namespace BatchesApi.Storage.ImportExport;

/// <summary>The formats of files to import and export.</summary>
internal enum FileFormat
{
    /// <summary>One JSON object per line.</summary>
    Ndjson,

    /// <summary>A header with the names of all fields, and one record per batch.</summary>
    Csv,
}

using BatchesApi.Domain;

namespace BatchesApi.Storage.ImportExport;

/// <summary>One line of an import file.</summary>
/// <param name="Number">The 1-based line number.</param>
/// <param name="Batch">The batch to insert. Ignored if there are errors.</param>
/// <param name="HasId">Whether the line contains the id of the batch.</param>
/// <param name="Errors">The validation errors of the line.</param>
internal sealed record ImportLine(long Number, Batch Batch, bool HasId, ValidationErrors Errors);

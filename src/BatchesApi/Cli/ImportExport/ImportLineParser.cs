using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

/// <summary>Parses the lines of an import file.</summary>
internal static class ImportLineParser
{
    /// <summary>The name for errors of a line as a whole.</summary>
    public const string WholeLine = "line";

    private static readonly BatchBodyReader Reader = new(strict: true, withServerFields: true);

    private static readonly BatchValidator Validator = new();

    /// <summary>Leaves room for further changes below the maximum of the type.</summary>
    private const int MaxVersion = 2_000_000_000;

    /// <summary>The tolerated difference between the clocks of two machines.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Parses a batch as the server returns it. Server-generated fields that are missing get the values of a new batch.</summary>
    public static ImportLine Parse(long number, ReadOnlyMemory<byte> json, int accountId, ObjectIdGenerator ids, DateTime now)
    {
        var errors = new ValidationErrors();
        var body = new RequestBody(json, BodyFormat.Json);
        if (!IsObject(body))
        {
            errors.Add(WholeLine, "This is not a JSON object.");
            return new ImportLine(number, new Batch(), HasId: false, errors);
        }
        var read = Reader.Read(body, errors);
        if (read.Problem is { } malformed)
        {
            errors.Add(WholeLine, malformed.Detail);
            return new ImportLine(number, new Batch(), HasId: false, errors);
        }
        return Complete(number, read.Value, errors, accountId, ids, now);
    }

    /// <summary>Parses the batches of a CSV file. A header with errors is the only line.</summary>
    /// <exception cref="InvalidDataException">The text is not UTF-8, or a record is too long.</exception>
    public static IEnumerable<ImportLine> ParseCsv(TextReader text, int accountId, ObjectIdGenerator ids, TimeProvider clock)
    {
        foreach (var (line, patch, errors) in Reader.ReadCsv(text))
        {
            if (errors.Has(CsvBatch.WholeRecord))
            {
                var ofLine = new ValidationErrors();
                foreach (var message in errors.SelectMany(error => error.Value))
                    ofLine.Add(WholeLine, message);
                yield return new ImportLine(line, new Batch(), HasId: false, ofLine);
            }
            else
            {
                yield return Complete(line, patch, errors, accountId, ids, clock.GetUtcNowMicroseconds());
            }
        }
    }

    private static ImportLine Complete(
        long number, BatchPatch input, ValidationErrors errors, int accountId, ObjectIdGenerator ids, DateTime now)
    {
        var (batch, passed) = (input.Values, input.Passed);

        Validator.Validate(input, partial: false, errors);
        var hasId = passed.Contains(BatchFields.Id);
        if (hasId && !errors.Has(BatchFields.Id.Name) && !ObjectIdGenerator.IsValid(batch.Id))
            errors.Add(BatchFields.Id.Name, $"must be {ObjectIdGenerator.Length} lowercase hexadecimal digits.");
        if (batch.Version is < 1 or > MaxVersion)
        {
            if (passed.Contains(BatchFields.Version) && !errors.Has(BatchFields.Version.Name))
            {
                errors.Add(
                    BatchFields.Version.Name,
                    string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {MaxVersion:N0}."));
            }
            batch.Version = 1;
        }
        foreach (var field in (Field[])[BatchFields.CreatedAt, BatchFields.UpdatedAt, BatchFields.DeletedAt])
        {
            // Later changes would get this time, too.
            if (field.Get(batch) is DateTime instant && instant > now + ClockSkew)
                errors.Add(field.Name, "must not be in the future.");
        }
        if (!hasId)
            batch.Id = ids.Next();
        batch.AccountId = accountId;
        batch.CreatedAt = batch.CreatedAt == default ? now : batch.CreatedAt;
        batch.UpdatedAt = batch.UpdatedAt == default ? batch.CreatedAt : batch.UpdatedAt;
        return new ImportLine(number, batch, hasId, errors);
    }

    /// <summary>Whether a line looks like an object. The body reader would also accept a form.</summary>
    private static bool IsObject(RequestBody line) => line.Text.Span.TrimStart(" \t\r"u8).StartsWith("{"u8);
}

using System.Globalization;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.ImportExport;

namespace BatchesApi.Cli.ImportExport;

/// <summary>Parses the lines of an import file.</summary>
internal static class ImportLineParser
{
    /// <summary>Where faults of a line as a whole are told.</summary>
    public const string WholeLine = "line";

    private static readonly BatchBodyReader Reader = new(strict: true, withServerFields: true);

    private static readonly BatchValidator Rules = new();

    /// <summary>The greatest version that a batch can come with, so that it can be changed some more.</summary>
    private const int LastVersion = 2_000_000_000;

    /// <summary>How much the clocks of two machines may differ.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Reads a line: a batch as the server answers it. What the server gives a new batch, and the line does not have, it gets now.</summary>
    public static ImportLine Parse(long number, ReadOnlyMemory<byte> json, int accountId, ObjectIdGenerator ids, DateTime now)
    {
        var errors = new ValidationErrors();
        var body = new RequestBody(json, BodyFormat.Json);
        if (!IsObject(body))
        {
            errors.Add(WholeLine, "This is no JSON object.");
            return new ImportLine(number, new Batch(), HasId: false, errors);
        }
        var read = Reader.Read(body, errors);
        if (read.Problem is { } malformed)
        {
            errors.Add(WholeLine, malformed.Detail);
            return new ImportLine(number, new Batch(), HasId: false, errors);
        }
        var input = read.Value;
        var (batch, passed) = (input.Values, input.Passed);

        Rules.Validate(input, partial: false, errors);
        var hasId = passed.Contains(BatchFields.Id);
        if (hasId && !errors.Has(BatchFields.Id.Name) && !ObjectIdGenerator.IsValid(batch.Id))
            errors.Add(BatchFields.Id.Name, $"must be {ObjectIdGenerator.Length} lowercase hexadecimal digits.");
        if (batch.Version is < 1 or > LastVersion)
        {
            if (passed.Contains(BatchFields.Version) && !errors.Has(BatchFields.Version.Name))
                errors.Add(BatchFields.Version.Name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {LastVersion:N0}."));
            batch.Version = 1;
        }
        foreach (var field in (Field[])[BatchFields.CreatedAt, BatchFields.UpdatedAt, BatchFields.DeletedAt])
        {
            // Later changes would seem to be made then, too.
            if (field.Get(batch) is DateTime instant && instant > now + Tolerance)
                errors.Add(field.Name, "must not lie in the future.");
        }
        if (!hasId)
            batch.Id = ids.Next();
        batch.AccountId = accountId;
        batch.CreatedAt = batch.CreatedAt == default ? now : batch.CreatedAt;
        batch.UpdatedAt = batch.UpdatedAt == default ? batch.CreatedAt : batch.UpdatedAt;
        return new ImportLine(number, batch, hasId, errors);
    }

    /// <summary>Whether a line looks like an object. What reads bodies takes forms too, which no file of batches has.</summary>
    private static bool IsObject(RequestBody line) => line.Text.Span.TrimStart(" \t\r"u8).StartsWith("{"u8);
}

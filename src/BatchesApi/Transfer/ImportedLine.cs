using System.Globalization;
using BatchesApi.Batches;
using BatchesApi.Model;
using BatchesApi.Requests;

namespace BatchesApi.Transfer;

/// <summary>A line of a file that is imported.</summary>
/// <param name="Number">Its number, from 1 on.</param>
/// <param name="Batch">The batch in it, whole; of no use where a fault was found.</param>
/// <param name="HasId">Whether the line gave the batch its id.</param>
/// <param name="Faults">What is wrong with it.</param>
internal sealed record ImportedLine(long Number, Batch Batch, bool HasId, Faults Faults)
{
    /// <summary>Where faults of a line as a whole are told.</summary>
    public const string Whole = "line";

    private static readonly BatchBody Reader = new(strict: true, withServerFields: true);

    private static readonly BatchRules Rules = new();

    /// <summary>The greatest version that a batch can come with, so that it can be changed some more.</summary>
    private const int LastVersion = 2_000_000_000;

    /// <summary>How much the clocks of two machines may differ.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Reads a line: a batch as the server answers it. What the server gives a new batch, and the line does not have, it gets now.</summary>
    public static ImportedLine Read(long number, ReadOnlyMemory<byte> json, int accountId, ObjectId ids, DateTime now)
    {
        var faults = new Faults();
        if (!IsObject(json))
        {
            faults.Add(Whole, "This is no JSON object.");
            return new ImportedLine(number, new Batch(), HasId: false, faults);
        }
        var input = Reader.Read(json, BodyFormat.Json, faults, out var malformed);
        var (batch, passed) = (input.Values, input.Passed);
        if (malformed is not null)
        {
            faults.Add(Whole, malformed);
            return new ImportedLine(number, batch, HasId: false, faults);
        }

        Rules.Check(input, partial: false, faults);
        var hasId = passed.Contains(BatchFields.Id);
        if (hasId && !faults.Has(BatchFields.Id.Name) && !ObjectId.IsValid(batch.Id))
            faults.Add(BatchFields.Id.Name, $"must be {ObjectId.Length} lowercase hexadecimal digits.");
        if (batch.Version is < 1 or > LastVersion)
        {
            if (passed.Contains(BatchFields.Version) && !faults.Has(BatchFields.Version.Name))
                faults.Add(BatchFields.Version.Name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {LastVersion:N0}."));
            batch.Version = 1;
        }
        foreach (var field in (Field[])[BatchFields.CreatedAt, BatchFields.UpdatedAt, BatchFields.DeletedAt])
        {
            // Later changes would seem to be made then, too.
            if (field.Get(batch) is DateTime instant && instant > now + Tolerance)
                faults.Add(field.Name, "must not lie in the future.");
        }
        if (!hasId)
            batch.Id = ids.Next();
        batch.AccountId = accountId;
        batch.CreatedAt = batch.CreatedAt == default ? now : batch.CreatedAt;
        batch.UpdatedAt = batch.UpdatedAt == default ? batch.CreatedAt : batch.UpdatedAt;
        return new ImportedLine(number, batch, hasId, faults);
    }

    /// <summary>Whether a line looks like an object. What reads bodies takes forms too, which no file of batches has.</summary>
    private static bool IsObject(ReadOnlyMemory<byte> line) => BodyBytes.WithoutMark(line).Span.TrimStart(" \t\r"u8).StartsWith("{"u8);
}

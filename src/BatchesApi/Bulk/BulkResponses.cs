using System.ComponentModel;
using System.Text.Json;
using BatchesApi.Batches;
using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

/// <summary>Documents what the results of bulk writes and of an undo have in common. <see cref="BulkResponses"/> writes it.</summary>
internal abstract record BulkNumbers
{
    [Description("The number of selected batches."), Example(37)]
    public required long Matched { get; init; }

    [Description("The number of changed batches."), Example(35)]
    public required int Changed { get; init; }

    [Description("The number of selected batches that are as the change wants them."), Example(2)]
    public required long Unchanged { get; init; }

    [Description("The id of the change, which the history of the batches contains and with which it can be undone; null if nothing was "
        + "changed, and in a dry run.")]
    public required string? ChangeId { get; init; }

    [Description("The first five changed batches by id, as they are afterwards. A deleted batch has `deletedAt`.")]
    public required IEnumerable<Batch> Sample { get; init; }
}

/// <summary>Documents the result of a bulk write.</summary>
[Description("The result of a change of many batches.")]
internal sealed record BulkResultResponse : BulkNumbers
{
    [Description("Present and true for a dry run: nothing was changed.")]
    public bool DryRun { get; init; }
}

/// <summary>Documents the result of an undo.</summary>
[Description("The result of undoing a change.")]
internal sealed record UndoResultResponse : BulkNumbers
{
    [Description("The batches that were left alone, because they have another version by now or their code is taken; at most 100.")]
    public required IEnumerable<SkippedBatchResponse> Skipped { get; init; }
}

[Description("A batch that an undo left alone.")]
internal sealed record SkippedBatchResponse
{
    [Description("The id of the batch.")]
    public required string Id { get; init; }

    [Description("The version that the batch has now."), Example(4, minimum: 1)]
    public required int Version { get; init; }
}

internal static class BulkResponses
{
    /// <summary>Maximum size in bytes: the sample has five batches.</summary>
    public const int MaxBytes = 5 * ConcurrencyLimits.MaxBatchBytes;

    public static StoredResponse Create(WriteResult result) => new(StatusCodes.Status200OK, JsonOutput.Write(result.Bulk!, Write));

    private static void Write(Utf8JsonWriter json, BulkResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("matched", result.Matched);
        json.WriteNumber("changed", result.Changed);
        json.WriteNumber("unchanged", result.Matched - result.Changed - result.SkippedCount);
        json.WriteString("changeId", result.Changed > 0 && !result.IsDryRun ? result.ChangeId : null);
        json.WritePropertyName("sample");
        BatchResponses.WriteArray(json, result.Sample);
        if (result.IsDryRun)
            json.WriteBoolean("dryRun", true);
        if (result.Skipped is { } skipped)
        {
            json.WriteStartArray("skipped");
            foreach (var (id, version) in skipped)
            {
                json.WriteStartObject();
                json.WriteString(BatchFields.Id.EncodedName, id);
                json.WriteNumber(BatchFields.Version.EncodedName, version);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}

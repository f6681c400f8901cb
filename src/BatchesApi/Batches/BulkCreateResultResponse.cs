using System.ComponentModel;
using BatchesApi.Domain;

namespace BatchesApi.Batches;

/// <summary>Documents the response to a bulk create. <see cref="BatchResponses"/> writes it.</summary>
[Description("The batches of a bulk create.")]
internal sealed record BulkCreateResultResponse
{
    [Description("The batches, in the order of the request.")]
    public required IEnumerable<Batch> Data { get; init; }

    [Description("The number of created batches."), Example(2)]
    public required int Created { get; init; }

    [Description("The number of batches that existed and were changed."), Example(1)]
    public required int Updated { get; init; }

    [Description("The number of batches that existed and are as they were."), Example(0)]
    public required int Unchanged { get; init; }

    [Description("The id of the change, which the history of the batches contains and with which it can be undone; null if nothing was "
        + "changed.")]
    public required string? ChangeId { get; init; }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using BatchesApi.Domain;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Bulk;

/// <summary>Documents the selection of batches. <see cref="BulkRequestReader"/> reads it.</summary>
[Description("A selection of batches: `ids`, or `where` with or without `q`.")]
internal record BulkSelectionRequest
{
    [Description("The ids of 1 to 10,000 batches, each counted once. An unknown one is an error.")]
    [MinLength(1), MaxLength(BulkTarget.MaxMatched)]
    public string[]? Ids { get; init; }

    [Description("Conditions in the syntax of the parameter `p`, at least one. At most 10,000 batches may match."), Component("Filter")]
    public JsonObject? Where { get; init; }

    [Description("A search as in the parameter `q`, in addition to `where`.")]
    public string? Q { get; init; }

    [Description("The number of batches that must match. If another number does, nothing is changed."), Example(37)]
    public int? Expect { get; init; }

    [Description("Whether to do everything and roll it back.")]
    public bool? DryRun { get; init; }
}

/// <summary>Documents an update of many batches.</summary>
[Description("A selection of batches, and the fields to set.")]
internal sealed record BulkUpdateRequest : BulkSelectionRequest
{
    [Description("The fields to set, as in an update of one batch, except `batchCode`."), Component("BatchSet")]
    public required JsonObject Set { get; init; }
}

using System.ComponentModel;
using BatchesApi.Domain;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

/// <summary>Documents a page of batches. <see cref="PageResult"/> writes pages without it, because their records are JSON
/// already.</summary>
[Description("A page of batches.")]
internal sealed record BatchPageResponse
{
    [Description("The records.")]
    public required IEnumerable<Batch> Data { get; init; }

    [Description("The page number, 1-based. Absent from the response to a `cursor`."), Example(1, minimum: 1)]
    public int Page { get; init; }

    [Description("The maximum number of records on a page."), Example(20, minimum: 1)]
    public required int Limit { get; init; }

    [Description("The number of records on all pages, or an estimate if `totalIsExact` is false. Absent with `count=none`."), Example(57)]
    public long Total { get; init; }

    [Description("Whether `total` is exact, not an estimate. Absent with `count=none`.")]
    public bool TotalIsExact { get; init; }

    [Description("The number of pages, or null if `totalIsExact` is false. Absent with `count=none`."), Example(3)]
    public long? Pages { get; init; }

    [Description("The value of the parameter `cursor` for the next page; null on the last page.")]
    public required string? NextCursor { get; init; }

    public QueryExplanation? Explain { get; init; }
}

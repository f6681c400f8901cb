using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Batches;

/// <summary>The query parameters and headers of each operation on batches.</summary>
internal static class BatchParameters
{
    public static ParameterMetadata List { get; } = new(ApiParameters.ForList(deleted: false)) { Headers = [ApiParameters.Prefer] };

    public static ParameterMetadata DeletedList { get; } = new(ApiParameters.ForList(deleted: true)) { Headers = [ApiParameters.Prefer] };

    public static ParameterMetadata Search { get; } = new() { Headers = [ApiParameters.Prefer] };

    public static ParameterMetadata Retrieve { get; } = new(ApiParameters.KeptFields) { Headers = [ApiParameters.IfNoneMatch] };

    public static ParameterMetadata History { get; } = new(ApiParameters.Limit, ApiParameters.HistoryCursor);

    public static ParameterMetadata Groups { get; } = new(ApiParameters.ForGroups);

    public static ParameterMetadata Create { get; } = new(ApiParameters.OnConflict) { Headers = [ApiParameters.IdempotencyKey] };

    public static ParameterMetadata Bulk { get; } = new() { Headers = [ApiParameters.IdempotencyKey] };

    public static ParameterMetadata Change { get; } = new() { Headers = [ApiParameters.IfMatch, ApiParameters.BatchLease] };

    public static ParameterMetadata Delete { get; } = new(ApiParameters.Permanent)
    {
        Headers = [ApiParameters.IfMatch, ApiParameters.BatchLease],
    };

    public static ParameterMetadata Restore { get; } =
        new() { Headers = [ApiParameters.IfMatch, ApiParameters.IdempotencyKey, ApiParameters.BatchLease] };

    public static ParameterMetadata Claim { get; } = new() { Headers = [ApiParameters.IdempotencyKey] };

    public static ParameterMetadata Release { get; } = new() { Headers = [ApiParameters.BatchLease with { IsRequired = true }] };
}

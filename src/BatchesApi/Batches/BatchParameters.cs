using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Batches;

/// <summary>The parameters of each operation on batches.</summary>
internal static class BatchParameters
{
    /// <summary>Those of the list of living batches.</summary>
    public static ParameterMetadata List { get; } = new(ApiParameters.ForList(deleted: false)) { Headers = [ApiParameters.Prefer] };

    /// <summary>Those of the list of deleted batches.</summary>
    public static ParameterMetadata DeletedList { get; } = new(ApiParameters.ForList(deleted: true)) { Headers = [ApiParameters.Prefer] };

    /// <summary>Those of a retrieve.</summary>
    public static ParameterMetadata Retrieve { get; } = new(ApiParameters.KeptFields) { Headers = [ApiParameters.IfNoneMatch] };

    /// <summary>Those of a history.</summary>
    public static ParameterMetadata History { get; } = new(ApiParameters.Limit, ApiParameters.HistoryCursor);

    /// <summary>Those of a create.</summary>
    public static ParameterMetadata Create { get; } = new() { Headers = [ApiParameters.IdempotencyKey] };

    /// <summary>Those of a change.</summary>
    public static ParameterMetadata Change { get; } = new() { Headers = [ApiParameters.IfMatch] };

    /// <summary>Those of a restore.</summary>
    public static ParameterMetadata Restore { get; } = new() { Headers = [ApiParameters.IfMatch, ApiParameters.IdempotencyKey] };
}

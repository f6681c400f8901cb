using BatchesApi.Requests;

namespace BatchesApi.Routing;

/// <summary>The parameters that an operation takes in its query, and in headers of its own.</summary>
/// <param name="All">The parameters, in the order in which they are documented.</param>
internal sealed record OperationParameters(params IReadOnlyList<ListParameter> All)
{
    /// <summary>Those of the list of living batches.</summary>
    public static OperationParameters List { get; } = new(ListParameters.Of(deleted: false)) { Headers = [ListParameters.Prefer] };

    /// <summary>Those of the list of deleted batches.</summary>
    public static OperationParameters DeletedList { get; } = new(ListParameters.Of(deleted: true)) { Headers = [ListParameters.Prefer] };

    /// <summary>Those of a retrieve.</summary>
    public static OperationParameters Retrieve { get; } = new(ListParameters.KeptFields) { Headers = [ListParameters.IfNoneMatch] };

    /// <summary>Those of a history.</summary>
    public static OperationParameters History { get; } = new(ListParameters.Limit, ListParameters.HistoryCursor);

    /// <summary>Those of a create.</summary>
    public static OperationParameters Create { get; } = new() { Headers = [ListParameters.IdempotencyKey] };

    /// <summary>Those of a change.</summary>
    public static OperationParameters Change { get; } = new() { Headers = [ListParameters.IfMatch] };

    /// <summary>Those of a restore.</summary>
    public static OperationParameters Restore { get; } = new() { Headers = [ListParameters.IfMatch, ListParameters.IdempotencyKey] };

    /// <summary>Those in headers.</summary>
    public IReadOnlyList<ListParameter> Headers { get; init; } = [];

    /// <summary>The names of those in the query.</summary>
    public IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];
}

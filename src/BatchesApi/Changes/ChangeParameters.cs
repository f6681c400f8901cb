using BatchesApi.Http;
using BatchesApi.Lists;

namespace BatchesApi.Changes;

/// <summary>The query parameters and headers of each operation on changes.</summary>
internal static class ChangeParameters
{
    public static ParameterMetadata Follow { get; } =
        new(ApiParameters.Since, ApiParameters.ChangesLimit, ApiParameters.Wait, ApiParameters.MongoFilter)
        {
            Headers = [ApiParameters.LastEventId],
        };

    public static ParameterMetadata History { get; } = new(
        ApiParameters.HistoryKind,
        ApiParameters.HistoryBy,
        ApiParameters.HistoryActions,
        ApiParameters.HistoryFrom,
        ApiParameters.HistoryTo,
        ApiParameters.Limit,
        ApiParameters.HistoryCursor);
}

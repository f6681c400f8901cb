using BatchesApi.Concurrency;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Writes;

namespace BatchesApi.Storage;

/// <summary>The options of the server's storage.</summary>
/// <param name="Database">How to use the database.</param>
/// <param name="Replicas">The connection string of the replicas that serve reads, or null.</param>
/// <param name="Connections">The connections of requests for batches.</param>
/// <param name="Lists">The limits of a list.</param>
/// <param name="Scans">The limits of lists that may read a whole account, at the same time.</param>
/// <param name="History">How long the history of batches is kept.</param>
internal sealed record StorageOptions(
    DatabaseOptions Database,
    string? Replicas,
    ConnectionOptions Connections,
    ListOptions Lists,
    FairLimiterOptions Scans,
    HistoryOptions History);

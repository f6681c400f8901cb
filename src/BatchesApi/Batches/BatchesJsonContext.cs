using System.Text.Json.Serialization;
using BatchesApi.Storage.Reads;

namespace BatchesApi.Batches;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HistoryPageResponse))]
[JsonSerializable(typeof(QueryExplanation))]
internal sealed partial class BatchesJsonContext : JsonSerializerContext;

using System.Diagnostics.Metrics;

namespace BatchesApi.Domain;

/// <summary>The metrics of the server. They cost nothing until something collects them.</summary>
internal static class ServerMetrics
{
    public static Meter Meter { get; } = new("BatchesApi");
}

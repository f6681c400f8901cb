using System.Diagnostics.Metrics;

namespace BatchesApi.Domain;

/// <summary>The metrics of the server. They cost nothing until something collects them.</summary>
internal static class ServerMetrics
{
    public static Meter Meter { get; } = new("BatchesApi");

    public static Histogram<double> WebhookLag { get; } = Meter.CreateHistogram<double>(
        "batches_api.webhook.lag", "s", "The time between a change and its delivery to a webhook.");

    public static Counter<long> WebhookAttempts { get; } = Meter.CreateCounter<long>(
        "batches_api.webhook.attempts", "{attempt}", "The attempts to deliver events to webhooks, by their outcome.");
}

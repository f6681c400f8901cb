using System.Diagnostics.Metrics;

namespace BatchesApi.Domain;

/// <summary>The metrics of the server that are not those of the framework.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "BatchesApi";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>The time between a change and its first delivery to a webhook.</summary>
    public static Histogram<double> WebhookLag { get; } = Meter.CreateHistogram<double>(
        "batches_api.webhook.lag", "s", "The time between a change and its delivery to a webhook.");

    /// <summary>The attempts to deliver events, by their outcome.</summary>
    public static Counter<long> WebhookAttempts { get; } = Meter.CreateCounter<long>(
        "batches_api.webhook.attempts", "{attempt}", "The attempts to deliver events to webhooks, by their outcome.");
}

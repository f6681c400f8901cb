using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BatchesApi.Domain;

/// <summary>The metrics of the server (docs/operating.md has a table). They cost nothing until something collects them. No attribute has a
/// value for each account, credential or batch.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "BatchesApi";

    /// <summary>The attribute with the step that found the page of a list.</summary>
    public const string ListStep = "batches_api.list.step";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> RequestDuration = Meter.CreateHistogram(
        "http.server.request.duration",
        "s",
        "The time of requests.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        });

    private static readonly Histogram<double> ListDuration = Meter.CreateHistogram(
        "batches_api.list.duration",
        "s",
        "The time of lists in the database, by the step that found the page.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        });

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "batches_api.refusals", "{refusal}", "The requests and connections that were refused because of a limit, by the limit.");

    private static readonly Histogram<double> WebhookLag = Meter.CreateHistogram(
        "batches_api.webhook.lag",
        "s",
        "The time between a change and its delivery to a webhook.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 36_000, 86_400, 259_200],
        });

    private static readonly Counter<long> WebhookAttempts = Meter.CreateCounter<long>(
        "batches_api.webhook.attempts", "{attempt}", "The attempts to deliver events to webhooks, by their outcome.");

    private static readonly Counter<long> ServiceFailures = Meter.CreateCounter<long>(
        "batches_api.service.failures", "{failure}", "The failures of background services, which were then restarted.");

    private static int _activeRequests;

    static ServerMetrics() => Meter.CreateObservableUpDownCounter(
        "http.server.active_requests", () => Volatile.Read(ref _activeRequests), "{request}", "The requests in flight.");

    /// <summary>Whether <see cref="RecordRequest"/> has an effect.</summary>
    public static bool MeasuresRequests => RequestDuration.Enabled;

    /// <param name="duration">The time of the request.</param>
    /// <param name="attributes">Its attributes.</param>
    public static void RecordRequest(TimeSpan duration, in TagList attributes) =>
        RequestDuration.Record(duration.TotalSeconds, attributes);

    /// <param name="change">1 when a request begins, -1 when it ends.</param>
    public static void ChangeActiveRequests(int change) => Interlocked.Add(ref _activeRequests, change);

    /// <param name="step">The step that found the page, as in <c>Prefer: explain</c>, or <c>none</c>.</param>
    /// <param name="duration">The time in the database.</param>
    public static void RecordList(string step, TimeSpan duration) =>
        ListDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(ListStep, step));

    public static void RecordRefusal(string limit) =>
        Refusals.Add(1, new KeyValuePair<string, object?>("batches_api.limit", limit));

    /// <param name="lag">The time since the change.</param>
    public static void RecordDelivery(TimeSpan lag) => WebhookLag.Record(Math.Max(0, lag.TotalSeconds));

    public static void RecordWebhookAttempt(string outcome) =>
        WebhookAttempts.Add(1, new KeyValuePair<string, object?>("batches_api.outcome", outcome));

    /// <param name="service">The name of the service.</param>
    /// <param name="count">The number of failures: 0 when it starts, so that the first failure is an increase.</param>
    public static void RecordServiceFailures(string service, int count) =>
        ServiceFailures.Add(count, new KeyValuePair<string, object?>("batches_api.service", service));

    /// <param name="measure">Returns how long a transaction has held the feed back, in seconds.</param>
    public static void ObserveFeedLag(Func<double> measure) => Meter.CreateObservableGauge(
        "batches_api.feed.lag", measure, "s", "How long a transaction has held the feed of changes back.");

    /// <param name="measure">Returns the name of each replica that is used, and how far it is behind, in seconds.</param>
    public static void ObserveReplicaLag(Func<IEnumerable<(string Name, double Seconds)>> measure) => Meter.CreateObservableGauge(
        "batches_api.replica.lag",
        () => measure().Select(replica =>
            new Measurement<double>(replica.Seconds, new KeyValuePair<string, object?>("batches_api.replica", replica.Name))),
        "s",
        "How far a replica is behind the primary. A replica that is not used has no value.");
}

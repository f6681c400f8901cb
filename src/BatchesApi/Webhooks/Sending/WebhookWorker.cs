using System.Globalization;
using BatchesApi.Concurrency;
using BatchesApi.Domain;
using BatchesApi.Lists.Filters;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Reads;
using BatchesApi.Storage.Webhooks;
using Npgsql;

namespace BatchesApi.Webhooks.Sending;

/// <summary>The services of the workers.</summary>
internal sealed record WorkerServices(
    WebhookQueue Queue,
    ChangeReader Changes,
    WebhookSender Sender,
    WakeSignal Signal,
    ObjectIdGenerator Ids,
    TimeProvider Clock,
    ILogger<WebhookWorker> Log);

/// <summary>Sends the events of one webhook while this server holds its lease: reads the changes, adds them to the queue, and sends what is
/// due. It runs only while there is something to do.</summary>
internal sealed partial class WebhookWorker(WebhookKey key, Guid sender, WorkerServices services) : IDisposable
{
    /// <summary>Maximum number of events that are sent at the same time.</summary>
    private const int MaxAttempts = 8;

    /// <summary>Maximum number of events that can be sent now, for the first time. Further changes wait in the history.</summary>
    private const int MaxNew = 1_000;

    /// <summary>Maximum number of pending events, with those that failed or wait for another of their batch.</summary>
    private const int MaxPending = 10_000;

    private const string Expired = "Changes that were not sent are no longer in the history. Set active to true to continue with new "
        + "changes.";

    private static readonly TimeSpan RecordPause = TimeSpan.FromMilliseconds(250);

    private readonly WakeSignal _wake = new();

    private Task _run = Task.CompletedTask;
    private long _leaseEnd;
    private volatile bool _isPaused;
    private volatile bool _isFull;

    /// <summary>Whether there was no room for further events at the last look. Only this worker makes room.</summary>
    public bool IsFull => _isFull;

    public bool IsIdle => _run.IsCompleted;

    public Task Completion => _run;

    /// <summary>Sets the end of the lease, by the monotonic clock of this server.</summary>
    public void Extend(long leaseEnd) => Volatile.Write(ref _leaseEnd, leaseEnd);

    /// <summary>Starts no further attempts until the next <see cref="Wake"/>.</summary>
    public void Pause() => _isPaused = true;

    /// <summary>Looks for work. To be called by one thread at a time.</summary>
    /// <param name="stopping">Ends the work after the attempts in progress.</param>
    /// <param name="abort">Ends also the attempts in progress.</param>
    public void Wake(CancellationToken stopping, CancellationToken abort)
    {
        _isPaused = false;
        if (_run.IsCompleted)
            _run = Task.Run(() => RunAsync(stopping, abort), CancellationToken.None);
        else
            _wake.Set();
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private async Task RunAsync(CancellationToken stopping, CancellationToken abort)
    {
        var attempts = new Dictionary<string, Task>(StringComparer.Ordinal);
        using var ended = new CancellationTokenSource();
        try
        {
            await RunAsync(attempts, ended.Token, stopping, abort);
        }
        catch (OperationCanceledException)
        {
            // The server stops. An attempt that was not recorded is made again.
        }
        catch (Exception exception) when (exception is NpgsqlException or ConcurrencyLimitException or ListTimeoutException)
        {
            // The database is unavailable or busy. The next wake tries again.
            Postponed(services.Log, key.Id, exception.Message);
        }
        catch (Exception exception)
        {
            Failed(services.Log, exception, key.Id);
        }
        finally
        {
            await ended.CancelAsync();
            if (attempts.Count > 0)
                _isFull = false;
            await Task.WhenAll(attempts.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <param name="attempts">The attempts in progress, by their batches.</param>
    /// <param name="ended">Ends the wait for a signal.</param>
    /// <param name="stopping">Ends the work after the attempts in progress.</param>
    /// <param name="abort">Ends also the attempts in progress.</param>
    private async Task RunAsync(
        Dictionary<string, Task> attempts, CancellationToken ended, CancellationToken stopping, CancellationToken abort)
    {
        var wake = _wake.WaitAsync(ended);
        var due = new Queue<WebhookDelivery>();
        while (true)
        {
            foreach (var (batch, attempt) in attempts.Where(attempt => attempt.Value.IsCompleted).ToList())
            {
                attempts.Remove(batch);
                await attempt;
            }

            var hasMore = false;
            if (stopping.IsCancellationRequested || _isPaused || !HoldsLease(WebhookSender.Timeout))
            {
                due.Clear();
            }
            else if (due.Count == 0 && attempts.Count < MaxAttempts)
            {
                var work = await services.Queue.ReadAsync(key, sender, attempts.Keys, stopping);
                var room = work is null ? 0 : Math.Min(MaxNew - work.New, MaxPending - work.Pending);
                _isFull = work is not null && room <= 0;
                hasMore = room > 0 && await AddChangesAsync(work!, room, stopping);
                foreach (var delivery in work?.Due ?? [])
                    due.Enqueue(delivery);
            }
            while (attempts.Count < MaxAttempts && due.TryDequeue(out var next))
                attempts.Add(next.BatchId, SendAsync(next, abort));

            if (hasMore && due.Count == 0)
                continue;
            if (attempts.Count == 0)
                return;
            await Task.WhenAny([.. attempts.Values, wake]);
            if (wake.IsCompleted)
                wake = _wake.WaitAsync(ended);
        }
    }

    private bool HoldsLease(TimeSpan remaining) =>
        services.Clock.GetElapsedTime(services.Clock.GetTimestamp(), Volatile.Read(ref _leaseEnd)) > remaining;

    /// <summary>Adds the events of further changes to the queue.</summary>
    /// <returns>Whether there are now more events, or more changes to read.</returns>
    private async Task<bool> AddChangesAsync(WebhookWork work, int room, CancellationToken stopping)
    {
        if (WebhookFilter.TryParse(work.Webhook.Filter) is not { } where)
        {
            await services.Queue.DisableAsync(
                key, sender, "This version of the server does not know 'where'. Set it again, and set active to true.", stopping);
            return false;
        }
        var now = services.Clock.GetUtcNowMicroseconds();
        var (until, periods) = (work.Webhook.ReadUntil, work.Webhook.InactivePeriods);
        var read = await services.Changes.ReadForWebhookAsync(
            key.AccountId,
            work.Position,
            until,
            periods is [var begin, ..] ? begin : null,
            where.Resolve(new RelativeValues(now, "")),
            room,
            stopping);
        if (read is null)
        {
            await services.Queue.DisableExpiredAsync(key, sender, Expired, stopping);
            return false;
        }
        var progress = new WebhookProgress(read.Next, read.HasMore ? read.Next.At : null, EndsPeriod: false);
        if (periods is [var from, var to, ..] && read.Next == ChangePosition.Before(from))
            progress = new WebhookProgress(ChangePosition.Before(to), until, EndsPeriod: true);

        // The place to which a reading without changes leads moves with every transaction.
        else if (read.Next == work.Position || (read.Changes.Count == 0 && where == Condition.Always))
            return false;
        var events = read.Changes
            .Select(change => new WebhookDelivery
            {
                Id = services.Ids.Next(),
                Type = WebhookEvents.FromAction(change.Action) ?? "",
                BatchId = change.BatchId,
                Version = change.Version,
                Changed = [.. change.Changed.Select(field => field.Name)],
                ChangedAt = change.At,
            })
            .Where(e => work.Webhook.Events.Contains(e.Type))
            .ToList();
        if (!await services.Queue.AddAsync(key, sender, work.Position, progress, events, stopping))
            return false;

        // The service waits for changes after the new position.
        services.Signal.Set();
        return events.Count > 0 || read.HasMore || progress.EndsPeriod;
    }

    private async Task SendAsync(WebhookDelivery delivery, CancellationToken abort)
    {
        WebhookAttempt? attempt;
        try
        {
            attempt = await services.Sender.SendAsync(key.AccountId, delivery, FindWebhookAsync, abort);
        }
        catch (SecretUnreadableException)
        {
            await services.Queue.DisableAsync(key, sender, SecretUnreadableException.Reason, abort);
            return;
        }
        if (attempt is null)
            return;
        if (attempt.IsSuccess)
            ServerMetrics.RecordDelivery(services.Clock.GetUtcNow().UtcDateTime - delivery.ChangedAt);
        await RecordAsync(delivery, attempt, abort);

        // An event may be read long before its turn. The webhook and the event are read again.
        async Task<Webhook?> FindWebhookAsync(CancellationToken cancellation)
        {
            if (_isPaused || !HoldsLease(WebhookSender.Timeout)
                || await services.Queue.ReadForAttemptAsync(key, sender, delivery.Id, cancellation) is not var (webhook, failures)
                || !HoldsLease(WebhookSender.Timeout))
            {
                return null;
            }
            delivery.Failures = failures;
            return webhook;
        }
    }

    /// <summary>Records an attempt, as long as the lease lasts. What is not recorded is sent again.</summary>
    private async Task RecordAsync(WebhookDelivery delivery, WebhookAttempt attempt, CancellationToken abort)
    {
        var (queue, json) = (services.Queue, attempt.ToJson());
        var isTest = delivery.Type == WebhookEvents.Test;
        var delay = isTest ? null : GetDelay(delivery.Failures + 1);
        var reason = isTest ? null : DescribeFailure(delivery, attempt);
        while (true)
        {
            try
            {
                if (attempt.IsSuccess)
                {
                    await queue.RecordDeliveredAsync(key, sender, delivery, json, abort);
                }
                else if (delay is not null || !await queue.RecordLastFailureAsync(key, sender, delivery, json, reason, abort))
                {
                    // If it was sent again by request during the last attempt, that was the first one.
                    var first = GetDelay(1)!.Value;
                    await queue.RecordFailedAsync(key, sender, delivery, json, delay ?? first, first, abort);
                }
                return;
            }
            catch (Exception exception) when ((exception is NpgsqlException or ConcurrencyLimitException) && HoldsLease(RecordPause))
            {
                await Task.Delay(RecordPause, services.Clock, abort);
            }
        }
    }

    private static TimeSpan? GetDelay(int failures) => RetrySchedule.GetDelay(failures, Random.Shared.NextDouble());

    private static string DescribeFailure(WebhookDelivery delivery, WebhookAttempt attempt) => string.Create(
        CultureInfo.InvariantCulture,
        $"{RetrySchedule.MaxAttempts} attempts to deliver event {delivery.Id} failed. The last error: {attempt.Error}");

    [LoggerMessage(100, LogLevel.Information, "The events of the webhook {Webhook} are sent later: {Reason}.")]
    private static partial void Postponed(ILogger log, string webhook, string reason);

    [LoggerMessage(101, LogLevel.Error, "The events of the webhook {Webhook} could not be sent.")]
    private static partial void Failed(ILogger log, Exception exception, string webhook);
}

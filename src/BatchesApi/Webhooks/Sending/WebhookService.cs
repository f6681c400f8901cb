using BatchesApi.Storage;
using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Webhooks;
using Npgsql;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Shares the webhooks with the other servers by leases in the database, and has a worker send the events of each. A server that
/// ends without releasing its leases is replaced after <see cref="WebhookQueue.LeaseDuration"/>.</summary>
internal sealed partial class WebhookService(
    WebhookQueue queue,
    WorkerServices services,
    ChangeMonitor changes,
    WakeSignal signal,
    DatabaseState state,
    TimeProvider clock,
    ILogger<WebhookService> log) : RestartingService(clock, log)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Minimum time between two rounds, which changes of several accounts may cause in quick succession. A round that takes long,
    /// because there are many webhooks, is followed by a longer pause.</summary>
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>Maximum time between two rounds: leases must be renewed in time.</summary>
    private static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(5);

    private const int MaxLoad = 4;

    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long attempts in progress may take when the server stops. Those that take longer are made again.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A server gives each webhook to the others after a time from this to twice this, so that a server that started later gets
    /// its share.</summary>
    private static readonly TimeSpan MinHold = TimeSpan.FromMinutes(10);

    /// <summary>How long a server does not take a webhook back.</summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(1.5);

    /// <summary>The pause after a round.</summary>
    public static TimeSpan GetPause(TimeSpan round)
    {
        var pause = round * MaxLoad;
        return pause < MinInterval ? MinInterval : pause > MaxInterval ? MaxInterval : pause;
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilUsableAsync(stoppingToken);

        // A new name for each run: the leases of the one before are not ours any more.
        var sender = Guid.NewGuid();
        var held = new Dictionary<WebhookKey, HeldWebhook>();
        using var abort = new CancellationTokenSource();
        var listener = new WebhookChangeListener(changes, signal);
        try
        {
            await RunAsync(sender, held, listener, stoppingToken, abort.Token);
        }
        finally
        {
            await listener.DisposeAsync();
            await StopAsync(sender, held, abort);
        }
    }

    private async Task RunAsync(
        Guid sender,
        Dictionary<WebhookKey, HeldWebhook> held,
        WebhookChangeListener listener,
        CancellationToken stopping,
        CancellationToken abort)
    {
        var handedOver = new Dictionary<WebhookKey, long>();
        var (renewal, isFailing) = (Time.GetTimestamp(), false);
        for (; ; await signal.WaitAsync(PollInterval, stopping))
        {
            if (state.RefusesWrites)
                continue;
            var start = Time.GetTimestamp();
            try
            {
                // With many webhooks, each part may take seconds.
                await RenewAsync();
                await AcquireAsync(sender, held, handedOver, stopping);
                await RenewAsync();
                await listener.UpdateAsync(await WakeAsync(sender, held, handedOver, stopping, abort));
                isFailing = false;
            }
            catch (NpgsqlException exception)
            {
                // Workers stop when their leases run out.
                if (!isFailing)
                    Interrupted(Log, exception.Message);
                isFailing = true;
            }
            await Task.Delay(GetPause(Time.GetElapsedTime(start)), Time, stopping);
        }

        async Task RenewAsync()
        {
            if (Time.GetElapsedTime(renewal) < RenewInterval)
                return;
            var start = Time.GetTimestamp();
            foreach (var key in await queue.RenewAsync(sender, stopping))
                held.GetValueOrDefault(key)?.Worker.Extend(GetLeaseEnd(start));
            renewal = start;
        }
    }

    private async Task AcquireAsync(
        Guid sender, Dictionary<WebhookKey, HeldWebhook> held, Dictionary<WebhookKey, long> handedOver, CancellationToken stopping)
    {
        foreach (var (key, at) in handedOver.ToList())
        {
            if (Time.GetElapsedTime(at) >= HandOver)
                handedOver.Remove(key);
        }

        // The lease began after this time.
        var start = Time.GetTimestamp();
        foreach (var key in await queue.AcquireAsync(sender, handedOver.Keys, stopping))
        {
            if (!held.TryGetValue(key, out var one))
            {
                var hold = MinHold * (1 + Random.Shared.NextDouble());
                held[key] = one = new HeldWebhook(new WebhookWorker(key, sender, services), start + ToTimestamp(hold));
            }
            one.Worker.Extend(GetLeaseEnd(start));
        }
    }

    /// <summary>Wakes the workers that have something to do, and releases the webhooks that other servers should have.</summary>
    /// <returns>The webhooks whose leases this server has.</returns>
    private async Task<IReadOnlyList<LeasedWebhook>> WakeAsync(
        Guid sender,
        Dictionary<WebhookKey, HeldWebhook> held,
        Dictionary<WebhookKey, long> handedOver,
        CancellationToken stopping,
        CancellationToken abort)
    {
        var lost = held.Keys.ToHashSet();
        var released = new List<WebhookKey>();
        var read = new List<WebhookKey>();
        var leased = await queue.FindLeasedAsync(sender, stopping);
        foreach (var webhook in leased)
        {
            var (key, isActive) = (webhook.Key, webhook.IsActive);
            lost.Remove(key);
            if (isActive && !webhook.HasChanges && webhook.IsStale)
                read.Add(key);
            if (held.GetValueOrDefault(key) is not { } one)
                continue;
            if (!isActive)
                one.Worker.Pause();
            else if (webhook.HasDue || (webhook.HasChanges && !one.Worker.IsFull))
                one.Worker.Wake(stopping, abort);
            if (one.Worker.IsIdle && (!isActive || Time.GetTimestamp() > one.Until))
                released.Add(key);
        }

        // A worker whose webhook was deleted, or whose lease was lost, ends with its attempts.
        foreach (var key in lost)
        {
            held[key].Worker.Pause();
            if (held[key].Worker.IsIdle)
                Remove(key);
        }
        foreach (var key in released)
        {
            Remove(key);
            handedOver[key] = Time.GetTimestamp();
        }
        if (released.Count > 0)
            await queue.ReleaseAsync(sender, released, stopping);
        if (read.Count > 0)
            await queue.MarkReadAsync(sender, read, stopping);
        return leased;

        void Remove(WebhookKey key)
        {
            held[key].Worker.Dispose();
            held.Remove(key);
        }
    }

    /// <summary>Waits for the attempts in progress, and releases the leases.</summary>
    private async Task StopAsync(Guid sender, Dictionary<WebhookKey, HeldWebhook> held, CancellationTokenSource abort)
    {
        foreach (var one in held.Values)
            one.Worker.Pause();
        abort.CancelAfter(StopTimeout);
        await Task.WhenAll(held.Values.Select(one => one.Worker.Completion)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var one in held.Values)
            one.Worker.Dispose();
        if (held.Count == 0)
            return;
        try
        {
            using var limit = new CancellationTokenSource(StopTimeout);
            await queue.ReleaseAsync(sender, held.Keys, limit.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            NotReleased(Log, exception.Message);
        }
    }

    private long GetLeaseEnd(long start) => start + ToTimestamp(WebhookQueue.LeaseDuration);

    private long ToTimestamp(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    [LoggerMessage(102, LogLevel.Warning, "Webhooks are not sent at the moment: {Reason}.")]
    private static partial void Interrupted(ILogger log, string reason);

    [LoggerMessage(103, LogLevel.Warning, "The leases of webhooks were not released, so other servers wait until they end: {Reason}.")]
    private static partial void NotReleased(ILogger log, string reason);

    /// <param name="Worker">The worker of a leased webhook.</param>
    /// <param name="Until">The time after which another server should have it, by the monotonic clock.</param>
    private sealed record HeldWebhook(WebhookWorker Worker, long Until);
}

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

    private const int MaxLoad = 4;

    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long attempts in progress may take when the server stops. Those that take longer are made again.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A server gives each webhook to the others after a time from this to twice this, so that a server that started later gets
    /// its share.</summary>
    private static readonly TimeSpan MinHold = TimeSpan.FromMinutes(10);

    /// <summary>How long a server does not take a webhook back.</summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(1.5);

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await state.WaitUntilUsableAsync(stoppingToken);

        // A new name for each run: the leases of the one before are not ours any more.
        var sender = Guid.NewGuid();
        var held = new Dictionary<WebhookKey, Held>();
        using var abort = new CancellationTokenSource();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var watch = new ChangeWatch(changes, signal, ended.Token);
        try
        {
            await RunAsync(sender, held, watch, stoppingToken, abort.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await watch.Completion;
            await StopAsync(sender, held, abort);
        }
    }

    private async Task RunAsync(
        Guid sender, Dictionary<WebhookKey, Held> held, ChangeWatch watch, CancellationToken stopping, CancellationToken abort)
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
                if (Time.GetElapsedTime(renewal) >= RenewInterval)
                {
                    foreach (var key in await queue.RenewAsync(sender, stopping))
                        held.GetValueOrDefault(key)?.Worker.Extend(GetLeaseEnd(start));
                    renewal = start;
                }
                await AcquireAsync(sender, held, handedOver, stopping);
                watch.Update(await WakeAsync(sender, held, handedOver, stopping, abort));
                isFailing = false;
            }
            catch (NpgsqlException exception)
            {
                // Workers stop when their leases run out.
                if (!isFailing)
                    Interrupted(Log, exception.Message);
                isFailing = true;
            }
            var pause = Time.GetElapsedTime(start) * MaxLoad;
            await Task.Delay(pause > MinInterval ? pause : MinInterval, Time, stopping);
        }
    }

    private async Task AcquireAsync(
        Guid sender, Dictionary<WebhookKey, Held> held, Dictionary<WebhookKey, long> handedOver, CancellationToken stopping)
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
                held[key] = one = new Held(new WebhookWorker(key, sender, services), start + ToTimestamp(hold));
            }
            one.Worker.Extend(GetLeaseEnd(start));
        }
    }

    /// <summary>Wakes the workers that have something to do, and releases the webhooks that other servers should have.</summary>
    /// <returns>The webhooks whose leases this server has.</returns>
    private async Task<IReadOnlyList<LeasedWebhook>> WakeAsync(
        Guid sender,
        Dictionary<WebhookKey, Held> held,
        Dictionary<WebhookKey, long> handedOver,
        CancellationToken stopping,
        CancellationToken abort)
    {
        var lost = held.Keys.ToHashSet();
        var released = new List<WebhookKey>();
        var leased = await queue.FindLeasedAsync(sender, stopping);
        foreach (var (key, isActive, hasWork, _) in leased)
        {
            lost.Remove(key);
            if (held.GetValueOrDefault(key) is not { } one)
                continue;
            if (!isActive)
                one.Worker.Pause();
            else if (hasWork)
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
        return leased;

        void Remove(WebhookKey key)
        {
            held[key].Worker.Dispose();
            held.Remove(key);
        }
    }

    /// <summary>Waits for the attempts in progress, and releases the leases.</summary>
    private async Task StopAsync(Guid sender, Dictionary<WebhookKey, Held> held, CancellationTokenSource abort)
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
    private sealed record Held(WebhookWorker Worker, long Until);
}

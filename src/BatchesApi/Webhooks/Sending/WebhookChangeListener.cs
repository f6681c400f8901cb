using BatchesApi.Storage.Changes;
using BatchesApi.Storage.Webhooks;

namespace BatchesApi.Webhooks.Sending;

/// <summary>Signals new changes of the accounts whose webhooks a server sends. A wait of an account begins where its webhooks have been
/// read to; after a signal, it begins again when they have been read further.</summary>
internal sealed class WebhookChangeListener(ChangeMonitor monitor, WakeSignal signal) : IAsyncDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    private readonly Dictionary<int, Wait> _waits = [];

    /// <summary>Waits for the changes of the accounts of these webhooks, and no longer for those of others.</summary>
    public async Task UpdateAsync(IEnumerable<LeasedWebhook> webhooks)
    {
        var positions = webhooks
            .Where(webhook => webhook.IsActive)
            .GroupBy(webhook => webhook.Key.AccountId, webhook => webhook.Position)
            .ToDictionary(account => account.Key, account => account.Max());
        foreach (var accountId in _waits.Keys.Except(positions.Keys).ToList())
        {
            _waits.Remove(accountId, out var wait);
            await wait!.DisposeAsync();
        }
        foreach (var (accountId, position) in positions)
        {
            if (_waits.TryGetValue(accountId, out var wait))
            {
                if (!wait.IsCompleted || wait.Since == position)
                    continue;
                await wait.DisposeAsync();
            }
            _waits[accountId] = new Wait(position, token => WaitAsync(accountId, position, token));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var wait in _waits.Values)
            await wait.DisposeAsync();
    }

    private async Task WaitAsync(int accountId, long since, CancellationToken cancellation)
    {
        try
        {
            while (!await monitor.WaitAsync(accountId, since, MaxWait, cancellation))
            {
                // There was no change for a long time.
            }
            signal.Set();
        }
        catch (OperationCanceledException)
        {
            // The server stops, or does not send to webhooks of the account any more.
        }
    }

    private sealed class Wait : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended = new();
        private readonly Task _task;

        public Wait(long since, Func<CancellationToken, Task> start) => (Since, _task) = (since, start(_ended.Token));

        public long Since { get; }

        public bool IsCompleted => _task.IsCompleted;

        public async ValueTask DisposeAsync()
        {
            await _ended.CancelAsync();
            await _task;
            _ended.Dispose();
        }
    }
}
